"""What every template may ask about the installation. Nothing here queries the database or touches the session."""

from django.conf import settings


def site(request) -> dict:
    return {
        "OFFICIAL": settings.OFFICIAL,
        "SITE": settings.SITE,
        "CONTACT_HOURS": settings.CONTACT_HOURS,
        "BASE_URL": settings.BASE_URL,
        "SINGLE_SIGN_ON": settings.OIDC.get("name", ""),
    }
