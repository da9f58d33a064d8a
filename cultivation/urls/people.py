"""The people of an office."""

from django.urls import path

from cultivation.views import people

OFFICE = "authorities/<region:code>/people/"

urlpatterns = [
    path(OFFICE, people.people, name="people"),
    path(f"{OFFICE}invitations/<number:pk>/confirm/", people.confirm, name="invitation-confirm"),
    path(f"{OFFICE}invitations/<number:pk>/withdraw/", people.withdraw, name="invitation-withdraw"),
    path(f"{OFFICE}keys/<number:pk>/revoke/", people.revoke_key, name="people-key-revoke"),
    path(f"{OFFICE}self-service/", people.arrange, name="people-self-service"),
    path(f"{OFFICE}city-review/", people.arrange_cities, name="people-city-review"),
    path(f"{OFFICE}<number:user>/end/", people.end_operator, name="people-operator-end"),
    path(f"{OFFICE}<number:user>/leave/", people.leave, name="people-leave"),
]
