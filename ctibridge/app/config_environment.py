"""Lays the environment over the file: ``CTIBRIDGE_PBX__0__SECRET=…`` sets ``pbx[0].secret``."""

from collections.abc import Mapping
from typing import Any

from msgspec import inspect

from ctibridge.app.config_decode import from_text, type_at
from ctibridge.app.config_document import Document, KeyPath, Problem, settings_variables


def overlay(document: Document, kind: type, environment: Mapping[str, str]) -> list[Problem]:
    """Set what the environment names, whose types ``kind`` declares; says which variables cannot be placed."""
    problems = []
    for variable, levels in settings_variables(environment):
        path = _path(document.values, kind, levels)
        place = f"environment variable {variable}"
        if complaint := _misfit(document.values, path):
            problems.append(Problem(place=place, key="", message=complaint))
            continue
        info = type_at(kind, path)
        text = environment[variable]
        document.set(path, text if info is None else from_text(info, text), place)
    return problems


def _path(values: Mapping[str, Any], kind: type, levels: list[str]) -> KeyPath:
    """Levels as keys: numbers index arrays, names follow the file's own spelling, a single table needs no number."""
    path: KeyPath = ()
    holder: Any = values
    for level in levels:
        part: str | int = level
        if isinstance(type_at(kind, path), inspect.VarTupleType):
            if level.isdecimal():
                part = int(level)
            elif holder is None or len(holder) == 1:
                path, holder = (*path, 0), _below(holder, 0)
        if isinstance(holder, dict) and isinstance(part, str):
            part = next((key for key in holder if key.lower() == level), level)
        path, holder = (*path, part), _below(holder, part)
    return path


def _misfit(values: Mapping[str, Any], path: KeyPath) -> str:
    """Why a value cannot be put at a path; empty when it can."""
    holder: Any = values
    for part in path:
        if isinstance(holder, list):
            if not isinstance(part, int):
                return f'expected a number where it says "{part}", as in CTIBRIDGE_PBX__0__HOST'
            if part > len(holder):
                return f"number {part} does not follow on the {len(holder)} that there are; the first is 0"
        elif holder is None and isinstance(part, int) and part > 0:
            return f"number {part} does not follow on the 0 that there are; the first is 0"
        elif holder is not None and not isinstance(holder, dict):
            return f'there is no table for "{part}"'
        holder = _below(holder, part)
    return ""


def _below(holder: Any, part: str | int) -> Any:  # noqa: ANN401 - raw TOML
    if isinstance(holder, dict):
        return holder.get(part)
    if isinstance(holder, list) and isinstance(part, int) and part < len(holder):
        return holder[part]
    return None
