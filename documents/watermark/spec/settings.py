"""What every level of a spec has in common: fields with rules, all checked at once."""

from __future__ import annotations

from collections.abc import Mapping

from ..errors import BadSpec, Problem
from ..record import Record
from .rules import Rule, Unfit, UnfitParts

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Self

    Rules = Mapping[str, Rule]


class Settings(Record):
    """Checked values by name. Making one checks it: a bad value raises BadSpec.

    A subclass has a slot for each of its ``RULES``.
    """

    __slots__ = ()
    RULES: Rules = {}

    def __init__(self, **given: object) -> None:
        self._set(**read(self.RULES, given, strings=False))

    @classmethod
    def rules(cls) -> dict[str, Rule]:
        """Every field's rule by name, in the order of the schema."""
        return dict(cls.RULES)

    @classmethod
    def offered_rules(cls) -> dict[str, Rule]:
        """The same without what only callers of the engine may set."""
        return offered(cls.RULES)

    @classmethod
    def parse(cls, given: object, *, strings: bool = False, only_offered: bool = False) -> Self:
        """Settings of a mapping (JSON), or BadSpec with all bad, missing and unknown fields.

        ``strings``: numbers may come as text, objects as JSON text, and empty text stands for an
        absent optional field, as forms send them. ``only_offered``: fields that are not offered
        count as unknown.
        """
        return cls.made_by(cls.offered_rules() if only_offered else cls.RULES, given, strings)

    @classmethod
    def made_by(cls, rules: Rules, given: object, strings: bool) -> Self:
        """Settings read by these rules, which are all of its own or the offered ones."""
        if not isinstance(given, Mapping):
            raise BadSpec([Problem((), "Input should be a valid object", "dict_type")])
        values = read(rules, given, strings=strings)
        made = cls.__new__(cls)
        made._set(**{name: rule.default for name, rule in cls.RULES.items()} | values)
        return made

    def as_dict(self) -> dict[str, Any]:
        """The JSON form; ``parse`` makes an equal spec of it.

        It has every field, but what the type of mark does not have, and what is not offered or
        quiet and at its default.
        """
        shown = {}
        for name, rule in self.RULES.items():
            value = getattr(self, name)
            if _belongs(rule, getattr(self, "type", "")) and (
                value != rule.default or (rule.is_offered and not rule.is_quiet)
            ):
                shown[name] = self.as_json(name)
        return shown

    def as_json(self, name: str) -> Any:
        """The JSON form of one field, also of one that ``as_dict`` leaves out."""
        value = getattr(self, name)
        return None if value is None else self.RULES[name].plain(value)


def offered(rules: Rules) -> dict[str, Rule]:
    """Those of the rules that people and programs outside may use."""
    return {name: rule.offered() for name, rule in rules.items() if rule.is_offered}


def read(rules: Rules, given: Mapping[Any, object], *, strings: bool) -> dict[str, Any]:
    """The value of every field, given or default; raises BadSpec with every problem."""
    values: dict[str, Any] = {name: rule.default for name, rule in rules.items()}
    problems: list[Problem] = []
    for name, rule in rules.items():
        if name in given:
            try:
                values[name] = rule.clean(given[name], strings=strings)
            except Unfit as unfit:
                problems += under(unfit.problems, name)
        elif rule.required and _belongs(rule, values.get("type", "text")):
            problems.append(Problem((name,), "Field required", "missing"))
    for key in given:
        if key not in rules or not _belongs(rules[key], values.get("type", "text")):
            problems.append(
                Problem((str(key),), "Extra inputs are not permitted", "extra_forbidden")
            )
    if problems:
        raise BadSpec(problems)
    return values


def _belongs(rule: Rule, type_: str) -> bool:
    return not rule.only_for or type_ in rule.only_for


def under(problems: Sequence[Problem], *location: str) -> list[Problem]:
    """The same problems, told from further up."""
    return [Problem((*location, *each.loc), each.msg, each.type, each.ctx) for each in problems]


class ObjectRule(Rule):
    """Settings within settings."""

    kind = "object"

    def __init__(self, *, of: type[Settings], rules: Rules | None = None, **about: Any) -> None:
        super().__init__(**about)
        self.of = of
        self.rules: Rules = of.RULES if rules is None else rules
        self._about = about

    def convert(self, value: object, strings: bool) -> Settings:
        if isinstance(value, self.of):
            return value
        try:
            return self.of.made_by(self.rules, _json(value) if strings else value, strings=False)
        except BadSpec as error:
            raise UnfitParts(error.problems) from None

    def plain(self, value: Settings) -> dict[str, Any]:
        return value.as_dict()

    def offered(self) -> ObjectRule:
        return ObjectRule(of=self.of, rules=offered(self.rules), **self._about)


class ListRule(Rule):
    """At most ``max_length`` settings of one kind."""

    kind = "list"

    def __init__(self, *, max_length: int, item: ObjectRule, **about: Any) -> None:
        super().__init__(**about)
        self.max_length = max_length
        self.item = item
        self._about = about

    def convert(self, value: object, strings: bool) -> tuple[Settings, ...]:
        given = _json(value) if strings else value
        if not isinstance(given, list | tuple):
            raise Unfit("list_type", "Input should be a valid list")
        if len(given) > self.max_length:
            message = f"List should have at most {self.max_length} items, not {len(given)}"
            raise Unfit("too_long", message, max_length=self.max_length, actual_length=len(given))
        items: list[Settings] = []
        problems: list[Problem] = []
        for index, each in enumerate(given):
            try:
                items.append(self.item.convert(each, False))
            except Unfit as unfit:
                problems += under(unfit.problems, str(index))
        if problems:
            raise UnfitParts(problems)
        return tuple(items)

    def plain(self, value: tuple[Settings, ...]) -> list[dict[str, Any]]:
        return [each.as_dict() for each in value]

    def offered(self) -> ListRule:
        return ListRule(max_length=self.max_length, item=self.item.offered(), **self._about)


def _json(value: object) -> object:
    """What a text of JSON says; whatever else is handed on."""
    if not isinstance(value, str):
        return value
    import json

    try:
        return json.loads(value)
    except (ValueError, RecursionError) as error:
        raise Unfit("json_invalid", f"Invalid JSON: {error}") from None
