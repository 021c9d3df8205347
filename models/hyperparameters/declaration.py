"""What a hyperparameter is: a value with a label, a help text and limits, declared once.

An autoencoder type lists its hyperparameters as a frozen dataclass. Widgets, URL parameters,
command-line flags, validation messages and the run's identity are all derived from these
declarations, so that a hyperparameter is written in one place.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import Any, Self

from models.hyperparameters.kinds import Kind, Refusal


class HyperparameterError(ValueError):
    """A value that cannot be used. The message names the hyperparameter and what is allowed.

    Attributes:
        name: The hyperparameter at fault.
    """

    def __init__(self, name: str, message: str):
        super().__init__(message)
        self.name = name


@dataclass(frozen=True)
class Hyperparameter:
    """How a hyperparameter is shown and limited.

    Attributes:
        name: The field's name; also its URL parameter and its name on the command line.
        kind: Its type and limits.
        label: A few words for the widget.
        help: What turning it does, for a student.
        group: The heading it stands under, one of `GROUPS`.
        in_identity: Whether it changes the numbers, and so belongs into the run's id.
        in_graph: Whether another value needs another compilation; if not, it enters as data.
        added: Whether it came after the first runs were stored. Its default is then what those
            runs meant, and stays outside of the identity so that they keep their names.
    """

    name: str
    kind: Kind
    label: str
    help: str
    group: str
    in_identity: bool = True
    in_graph: bool = True
    added: bool = False

    def parse(self, text: str) -> Any:
        """The value that `text` stands for.

        Raises:
            HyperparameterError: If it stands for none, or for one outside the limits.
        """
        return self._guard(self.kind.parse, text)

    def check(self, value: Any) -> Any:
        """`value` in canonical form (rounded to the step). Raises as `parse` does."""
        return self._guard(self.kind.check, value)

    def format(self, value: Any) -> str:
        """The text that `parse` reads as `value`."""
        return self.kind.format(value)

    def _guard(self, function: Callable[[Any], Any], value: Any) -> Any:
        try:
            return function(value)
        except (ValueError, TypeError, OverflowError) as error:
            shown = value if isinstance(value, str) else repr(value)
            reason = f"{self.label.lower()} must be {self.kind.allowed}."
            if isinstance(error, Refusal):
                reason = str(error)
            raise HyperparameterError(
                self.name, f"{self.name} = {str(shown)[:60]} cannot be used: {reason}"
            ) from None


GROUPS = ("Data", "Architecture", "Objective", "Training")


def hyperparameter(
    default: Any,
    kind: Kind,
    label: str,
    help: str,
    group: str = "Training",
    in_identity: bool = True,
    in_graph: bool = True,
    added: bool = False,
) -> Any:
    """Declares one hyperparameter as a dataclass field. See `Hyperparameter` for the arguments."""
    parts = {"kind": kind, "label": label, "help": help, "group": group}
    flags = {"in_identity": in_identity, "in_graph": in_graph, "added": added}
    return field(default=default, metadata=parts | flags)


def with_default(base: type[Hyperparameters], name: str, default: Any, **flags: bool) -> Any:
    """Declares a hyperparameter of a base class again, with another default, and other
    flags where given: what was `added` may be so for the base class only."""
    (item,) = (item for item in dataclasses.fields(base) if item.name == name)
    return field(default=default, metadata=item.metadata | flags)


@dataclass(frozen=True)
class Hyperparameters:
    """Base of every type's hyperparameters: checked and canonical from construction on."""

    def __post_init__(self) -> None:
        for name, one in self.fields().items():
            object.__setattr__(self, name, one.check(getattr(self, name)))
        self.check_together()

    def check_together(self) -> None:
        """Checks what no hyperparameter can check alone.

        Raises:
            HyperparameterError: If a combination of values cannot be used.
        """

    @classmethod
    @cache  # asked hundreds of times for every run of a page
    def fields(cls) -> Mapping[str, Hyperparameter]:
        """The hyperparameters by name, in the order in which a page shows them: group by group."""
        fields = [Hyperparameter(item.name, **item.metadata) for item in dataclasses.fields(cls)]
        fields.sort(key=lambda one: GROUPS.index(one.group))
        return MappingProxyType({one.name: one for one in fields})

    def replace(self, **changes: Any) -> Self:
        """A copy with some values changed."""
        return dataclasses.replace(self, **changes)

    def as_text(self) -> dict[str, str]:
        """Every value in the form in which URLs, files and the command line carry it."""
        return {name: one.format(getattr(self, name)) for name, one in self.fields().items()}

    def identity(self) -> dict[str, str]:
        """The values, as text, that determine the numbers of a run. Those of `added` ones count
        only where they differ from the default."""
        defaults = {item.name: item.default for item in dataclasses.fields(self)}
        fields = self.fields()
        return {
            name: text
            for name, text in self.as_text().items()
            if fields[name].in_identity
            and not (fields[name].added and getattr(self, name) == defaults[name])
        }

    def difference(self, other: Hyperparameters) -> dict[str, str]:
        """The values, as text, in which this one differs from `other`."""
        theirs = other.as_text()
        return {name: text for name, text in self.as_text().items() if theirs.get(name) != text}

    def parse(self, texts: Mapping[str, str]) -> Self:
        """A copy with the given values, read from text.

        Raises:
            HyperparameterError: If a name is unknown or a value cannot be used.
        """
        return self.replace(**{name: self._known(name).parse(texts[name]) for name in texts})

    def parse_leniently(self, texts: Mapping[str, str]) -> tuple[Self, list[str]]:
        """Like `parse`, but skips what cannot be used.

        Returns:
            The copy, and one message per value that was skipped.
        """
        values, messages = {}, []
        for name, text in texts.items():
            try:
                values[name] = self._known(name).parse(text)
            except HyperparameterError as error:
                messages.append(str(error))
        # Values that are fine one by one can still clash; drop the clashing one and try again.
        while True:
            try:
                return self.replace(**values), messages
            except HyperparameterError as error:
                messages.append(str(error))
                if values.pop(error.name, None) is None:
                    return self, messages

    @classmethod
    def _known(cls, name: str) -> Hyperparameter:
        fields = cls.fields()
        if name not in fields:
            raise HyperparameterError(
                name,
                f"{name[:60]} is not a hyperparameter here. Known are: {', '.join(fields)}.",
            )
        return fields[name]
