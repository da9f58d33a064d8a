"""What the description of the API says of itself, and how it is made (drf-spectacular)."""

from __future__ import annotations

from typing import Any

SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "制造业中试平台名录 API · Registry of pilot-scale testing platforms",
    "VERSION": "1.0.0",
    "DESCRIPTION": (
        "同一主版本内只增不减：可以新增地址、可省略的参数、答复中的字段和枚举值；其他改变使用新的主版本地址，旧版本至少继续提供十二个月，"
        "并以 Deprecation 和 Sunset 标头预告。"
        "Within a major version things are only added: addresses, parameters that may be left out, fields of answers, values of "
        "lists. Anything else gets a new major version; the old one is answered for at least twelve more months and says so in "
        "Deprecation and Sunset headers."
    ),
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "POSTPROCESSING_HOOKS": [
        "platforms.api.documentation.add_problem",
        "platforms.api.examples.exemplify",
        "platforms.api.components.share",
    ],
}
