"""The C2PA library's manifest store, read into what a reviewer needs: state, signer, actions, ingredients."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from anchorproof.provenance.words import clean
from anchorproof.types import ContentCredentials, CredentialState, Ingredient, SignedAction, SourceKind

LIMIT_ACTIONS = 40
LIMIT_INGREDIENTS = 20
LIMIT_PROBLEMS = 10
#: Manifests followed back from the active one: a chain of edits, not a library.
LIMIT_ANCESTORS = 10

#: Last parts of IPTC digital source types. Source: IPTC NewsCodes, digitalsourcetype.
SOURCE_KINDS = {
    "digitalCapture": SourceKind.CAPTURE,
    "computationalCapture": SourceKind.CAPTURE,
    "negativeFilm": SourceKind.CAPTURE,
    "positiveFilm": SourceKind.CAPTURE,
    "trainedAlgorithmicMedia": SourceKind.SYNTHETIC,
    "compositeWithTrainedAlgorithmicMedia": SourceKind.PARTLY_SYNTHETIC,
    "compositeSynthetic": SourceKind.PARTLY_SYNTHETIC,
}
_STATES = {
    "Trusted": CredentialState.TRUSTED,
    "Valid": CredentialState.UNTRUSTED,
    "Invalid": CredentialState.INVALID,
}
#: What an untrusted signer alone is reported as; it is no fault of the file.
_NOT_A_PROBLEM = {"signingCredential.untrusted"}


def read_credentials(store: str, error: str) -> ContentCredentials:
    """The credentials of a file.

    Args:
        store: the manifest store as JSON; empty when there is none.
        error: the library's words when it refused what it found; empty otherwise.
    """
    if error.startswith("RemoteManifest") or "RemoteManifest" in error.partition(":")[0]:
        # The file names an address where its credentials lie; nothing is fetched, so there are none here.
        return ContentCredentials(problems=("remote manifest: named by the file and not fetched",))
    if error:
        return ContentCredentials(CredentialState.INVALID, problems=(clean(f"unreadable: {error}"),))
    if not store:
        return ContentCredentials()
    try:
        return _credentials(json.loads(store))
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError):
        return ContentCredentials(
            CredentialState.INVALID, problems=("unreadable: the manifest store has no known shape",)
        )


def _credentials(store: Mapping[str, Any]) -> ContentCredentials:
    manifests = _mapping(store.get("manifests"))
    active_id = str(store.get("active_manifest", ""))
    active = _mapping(manifests.get(active_id))
    signature = _mapping(active.get("signature_info"))
    return ContentCredentials(
        # An unknown state must never pass for a good one.
        state=_STATES.get(str(store.get("validation_state")), CredentialState.INVALID),
        signer=clean(signature.get("common_name") or signature.get("issuer") or ""),
        issuer=clean(signature.get("issuer") or ""),
        claim_generator=clean(_generator(active)),
        signing_time=clean(signature.get("time") or ""),
        actions=tuple(_actions(manifests, active_id))[:LIMIT_ACTIONS],
        ingredients=tuple(map(_ingredient, _listed(active, "ingredients")[:LIMIT_INGREDIENTS])),
        problems=tuple(dict.fromkeys(_problems(store)))[:LIMIT_PROBLEMS],
    )


def _generator(manifest: Mapping[str, Any]) -> str:
    infos = _listed(manifest, "claim_generator_info")
    named = [f"{info.get('name', '')} {info.get('version') or ''}".strip() for info in infos]
    return ", ".join(filter(None, named)) or str(manifest.get("claim_generator") or "")


def _actions(manifests: Mapping[str, Any], active_id: str) -> Iterator[SignedAction]:
    """The active manifest's actions, then those of the files it descends from (parentOf), newest first."""
    current, seen = active_id, set[str]()
    while current and current not in seen and len(seen) < LIMIT_ANCESTORS:
        manifest = _mapping(manifests.get(current))
        for assertion in _listed(manifest, "assertions"):
            if str(assertion.get("label", "")).startswith("c2pa.actions"):
                for action in _listed(_mapping(assertion.get("data")), "actions"):
                    yield _action(action, is_inherited=bool(seen))
        seen.add(current)
        parents = [part for part in _listed(manifest, "ingredients") if part.get("relationship") == "parentOf"]
        current = str(parents[0].get("active_manifest") or "") if parents else ""


def _action(action: Mapping[str, Any], is_inherited: bool) -> SignedAction:
    source = str(action.get("digitalSourceType") or "")
    kind = source.rpartition("/")[2]
    agent = action.get("softwareAgent") or ""
    software = agent.get("name", "") if isinstance(agent, Mapping) else agent
    return SignedAction(
        action=clean(action.get("action") or ""),
        source_type=clean(kind),
        source_kind=SOURCE_KINDS.get(kind, SourceKind.OTHER if kind else SourceKind.UNSTATED),
        software=clean(software),
        is_inherited=is_inherited,
    )


def _ingredient(part: Mapping[str, Any]) -> Ingredient:
    return Ingredient(
        clean(part.get("title") or ""), clean(part.get("relationship") or ""), bool(part.get("active_manifest"))
    )


def _problems(store: Mapping[str, Any]) -> Iterator[str]:
    results = _mapping(_mapping(store.get("validation_results")).get("activeManifest"))
    for fault in (*_listed(results, "failure"), *_listed(store, "validation_status")):
        code = str(fault.get("code", ""))
        if code and code not in _NOT_A_PROBLEM:
            yield clean(f"{code}: {fault.get('explanation') or ''}")


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _listed(mapping: Mapping[str, Any], key: str) -> Sequence[Mapping[str, Any]]:
    value = mapping.get(key)
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []
