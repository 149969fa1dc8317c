"""Errors that were stored come back as what they were."""

from __future__ import annotations

import pytest

from anchorproof import errors
from anchorproof.api.status import code_of, status_of


def _all(kind: type[errors.AnchorproofError]) -> list[type[errors.AnchorproofError]]:
    return [found for child in kind.__subclasses__() for found in (child, *_all(child))]


@pytest.mark.parametrize(
    "kind", [kind for kind in _all(errors.AnchorproofError) if "reason" in vars(kind)], ids=lambda kind: kind.__name__
)
def test_error_named_by_its_reason_has_its_class_code_and_words(kind: type[errors.AnchorproofError]) -> None:
    error = errors.named(kind.reason, "words of old")
    assert error is not None
    assert (error.reason, str(error)) == (kind.reason, "words of old")
    assert isinstance(error, kind) or kind.reason in {"STORAGE_FAILED"}
    assert status_of(error).message == "words of old"
    assert status_of(error).code == code_of(error).value[0]


def test_things_not_found_keep_their_kind_and_faults_of_ours_have_no_class() -> None:
    error = errors.named("UPLOAD_NOT_FOUND", "there is no upload 'x'")
    assert isinstance(error, errors.NotFound)
    assert error.reason == "UPLOAD_NOT_FOUND"
    assert errors.named("INTERNAL", "internal error") is None
    assert errors.named("OF_A_NEWER_VERSION", "") is None
