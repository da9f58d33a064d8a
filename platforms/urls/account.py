"""One's own account. Signing in and the second factor are allauth's addresses, next to these."""

from django.urls import URLPattern, URLResolver, path

from platforms.views import account

urlpatterns: list[URLPattern | URLResolver] = [
    path("accounts/keys/", account.keys, name="account-keys"),
    path("accounts/keys/<number:pk>/revoke/", account.revoke_key, name="account-key-revoke"),
    path("invitations/<word:token>/", account.invitation, name="invitation"),
]
