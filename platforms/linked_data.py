"""A public platform in the words of the web (schema.org, JSON-LD), for search engines and other catalogues."""

from __future__ import annotations

from typing import Any

from django.conf import settings

MEDIA_TYPE = "application/ld+json"


def of_platform(document: dict[str, Any]) -> dict[str, Any]:
    """As an organisation of schema.org; says nothing the page does not. One that has ended says when."""
    operator, region, city = (document.get(key) or {} for key in ("operator", "region", "city"))
    address = {"@type": "PostalAddress", "addressCountry": "CN", "addressRegion": region.get("name_zh"),
               "addressLocality": city.get("name_zh"), "streetAddress": document.get("address")}  # fmt: skip
    found = {
        "@context": "https://schema.org",
        "@type": "Organization",
        "@id": f"{settings.BASE_URL}{document['url']}",
        "url": f"{settings.BASE_URL}{document['url']}",
        "identifier": document["code"],
        "name": document["name_zh"],
        "alternateName": [
            name for name in [document.get("name_en"), *document.get("former_names", [])] if name
        ],
        "description": document.get("summary_zh"),
        "telephone": document.get("phone"),
        "address": {key: value for key, value in address.items() if value},
        "parentOrganization": {
            "@type": "Organization",
            "name": operator["name_zh"],
            "taxID": operator.get("uscc"),
        }
        if operator
        else None,
        "makesOffer": [
            {"@type": "Offer", "itemOffered": {"@type": "Service", "name": service["title_zh"]}}
            for service in document.get("services", [])
        ],
        "dateModified": document.get("updated_on"),
        "dissolutionDate": document.get("ended_on"),
    }
    return {key: value for key, value in found.items() if value}
