"""One's own account. Signing in and the second factor are allauth's addresses, next to these."""

from django.urls import URLPattern, URLResolver, path

from platforms.views import account, webhook

urlpatterns: list[URLPattern | URLResolver] = [
    path("accounts/keys/", account.keys, name="account-keys"),
    path("accounts/keys/<number:pk>/revoke/", account.revoke_key, name="account-key-revoke"),
    path("accounts/language/", account.language, name="account-language"),
    path("accounts/webhooks/", webhook.webhook_list, name="webhooks"),
    path("accounts/webhooks/<number:pk>/", webhook.webhook, name="webhook"),
    path("accounts/webhooks/<number:pk>/secret/", webhook.webhook_secret, name="webhook-secret"),
    path("accounts/webhooks/<number:pk>/ping/", webhook.webhook_ping, name="webhook-ping"),
    path("accounts/webhooks/<number:pk>/move/<slug:move>/", webhook.webhook_move, name="webhook-move"),
    path("accounts/pushes/<number:pk>/replay/", webhook.push_replay, name="push-replay"),
    path("invitations/<word:token>/", account.invitation, name="invitation"),
]
