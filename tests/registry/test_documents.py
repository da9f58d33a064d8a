"""The generated documents say what the program does."""

from registry.documents import documents


def test_the_documents_are_current():
    stale = [path.name for path, text in documents().items() if path.read_text("utf-8") != text]
    assert stale == [], "run “make docs”"


def test_every_state_permission_and_role_is_named():
    from platforms.access import Permission, Role

    texts = {path.name: text for path, text in documents().items()}
    assert [
        word for word in (*Permission.values, *Role.values) if f"`{word}`" not in texts["access.md"]
    ] == []
    assert "`take_back`" in texts["states.md"]
