from django.urls import path

from cultivation.views import assessment, panel_invitation, review, score

urlpatterns = [
    path("reviews/", score.assignments, name="reviews"),
    path("reviews/<number:pk>/", score.sheet, name="review-sheet"),
    path("reviews/<number:pk>/autosave/", score.autosave, name="review-autosave"),
    path("reviews/<number:pk>/recuse/", score.recuse, name="review-recuse"),
    *(
        path(
            f"reviews/panel-invitations/<number:pk>/{name}/",
            panel_invitation.answer,
            {"name": name},
            name=f"panel-invitation-{name}",
        )
        for name in ("accept", "decline")
    ),
    path("ministry/reviews/", review.overview, name="ministry-reviews"),
    path("ministry/reviewers/", assessment.reviewers, name="ministry-reviewers"),
    path("ministry/batches/<word:batch>/visits/", assessment.visits, name="ministry-visits"),
    path(
        "ministry/batches/<word:batch>/consultations/",
        assessment.consultations,
        name="ministry-consultations",
    ),
    path("ministry/batches/<word:batch>/panels/", review.panels, name="ministry-panels"),
    path("ministry/batches/<word:batch>/panels/<number:pk>/", review.panel, name="ministry-panel"),
    path(
        "ministry/batches/<word:batch>/panels/<number:pk>/invite/",
        panel_invitation.invite,
        name="ministry-panel-invite",
    ),
    path(
        "ministry/batches/<word:batch>/panels/<number:pk>/<slug:act>/",
        review.panel_act,
        name="ministry-panel-act",
    ),
    path("ministry/batches/<word:batch>/scores/", review.score_room, name="ministry-scores"),
]
