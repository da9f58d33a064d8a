"""Migration operations of our own."""

from typing import ClassVar

from django.db.migrations.operations import CreateModel
from django.db.migrations.operations.base import Operation
from pgtrigger.migrations import AddTrigger


class BuildTogether(Operation):
    """Apply the operations of an initial migration with one rendering of the models.

    Django renders every related model again after each operation. With a hundred models, each with constraints, indexes and
    history triggers, that took over a minute; here the tables are made from the final state, which has all of them.
    Only for initial migrations: ``operations`` may create models and add to models created here, nothing else.
    """

    reduces_to_sql = True
    reversible = True
    serialization_expand_args: ClassVar[list[str]] = ["operations"]

    def __init__(self, operations) -> None:
        self.operations = operations

    def state_forwards(self, app_label, state) -> None:
        state.__dict__.pop("apps", None)  # rendered again, once, when it is next asked for
        for operation in self.operations:
            operation.state_forwards(app_label, state)

    def database_forwards(self, app_label, schema_editor, from_state, to_state) -> None:
        for model in self._models(app_label, to_state):
            schema_editor.create_model(model)
        for operation in self.operations:
            if isinstance(operation, AddTrigger):
                operation.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label, schema_editor, from_state, to_state) -> None:
        for model in reversed(self._models(app_label, from_state)):
            schema_editor.delete_model(model)

    def describe(self) -> str:
        return f"Create {len([op for op in self.operations if isinstance(op, CreateModel)])} models with their triggers"

    def _models(self, app_label, state) -> list:
        return [
            state.apps.get_model(app_label, operation.name)
            for operation in self.operations
            if isinstance(operation, CreateModel)
        ]
