"""What every template may ask about the installation. Nothing here queries the database or touches the session."""

from django.conf import settings

from platforms.standing import standing


def site(request) -> dict:
    return {
        "OFFICIAL": settings.OFFICIAL,
        "SITE": settings.SITE,
        "CONTACT_HOURS": settings.CONTACT_HOURS,
        "BASE_URL": settings.BASE_URL,
        "MIRROR": standing(),
        "SINGLE_SIGN_ON": settings.OIDC.get("name", ""),
    }
