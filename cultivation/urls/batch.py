from django.urls import path

from cultivation.views import application as applications
from cultivation.views import batch, control, criteria, rubric

ministry = "ministry/batches/"
one = f"{ministry}<word:batch>/"

urlpatterns = [
    path("ministry/", control.control, name="ministry-control"),
    path(ministry, batch.batch_list, name="ministry-batches"),
    path(f"{one}remind/", control.remind, name="ministry-batch-remind"),
    path(one, batch.workspace, name="ministry-batch"),
    path(f"{one}edit/", batch.edit, name="ministry-batch-edit"),
    path(f"{one}criteria/", criteria.criteria, name="ministry-batch-criteria"),
    path(f"{one}quotas/", batch.quotas, name="ministry-batch-quotas"),
    path(f"{one}rubric/", rubric.rubric, name="ministry-batch-rubric"),
    path(f"{one}views/", batch.views, name="ministry-batch-views"),
    path(f"{one}checks/", batch.rerun, name="ministry-batch-checks"),
    path(f"{one}move/", applications.move_many, name="ministry-batch-move"),
    *(
        path(f"{one}{name}/", batch.step, {"name": name}, name=f"ministry-batch-{name}")
        for name in batch.STEPS
    ),
]
