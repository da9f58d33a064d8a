from django.urls import path

from cultivation.views import application, recommendation

ministry = "ministry/batches/<word:batch>/applications/<number:pk>/"
authority = "authorities/<word:code>/batches/"
one = f"{authority}<word:batch>/"

urlpatterns = [
    path(ministry, application.detail, name="ministry-application"),
    path(f"{ministry}comments/", application.comment, name="ministry-application-comment"),
    *(
        path(
            f"{ministry}{name}/",
            application.act,
            {"name": name},
            name=f"ministry-application-{name}",
        )
        for name in application.SINGLE
    ),
    *(
        path(
            f"{ministry}checks/<number:check_pk>/{name}/",
            application.judge_check,
            {"name": name},
            name=f"ministry-check-{name}",
        )
        for name in ("override", "confirm")
    ),
    path(authority, recommendation.batch_list, name="authority-batches"),
    path(one, recommendation.page, name="authority-batch"),
    path(f"{one}add/", recommendation.add, name="authority-batch-add"),
    path(f"{one}order/", recommendation.order, name="authority-batch-order"),
    path(f"{one}recommend/", recommendation.recommend, name="authority-batch-recommend"),
    path(f"{one}applications/<number:pk>/", recommendation.application, name="authority-application"),
]
