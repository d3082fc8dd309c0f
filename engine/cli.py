"""`lookalike`: parse the command line, call one verb, turn what went wrong into one sentence and an exit status."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from engine.allocator import keep_freed_memory
from engine.commands import DEFAULT, VERBS, Verb, load
from engine.commands.session import callback
from engine.commands.status import Status, status_of
from engine.crash import crash_report
from engine.printing import Screen, problem_data, problems_table
from engine.problems import PlanError

HELP = "Test databases that look like production and contain nobody."


def main(words: Sequence[str] | None = None) -> int:
    """Run `lookalike WORDS...` and give its exit status. Nothing ever leaves it as a traceback."""
    words = list(sys.argv[1:] if words is None else words) or ["--help"]
    screen = Screen(as_json="--json" in words)
    keep_freed_memory()
    try:
        return int(get_command(application(words)).main(words, "lookalike", standalone_mode=False) or 0)
    except typer.TyperException as error:
        return _failed(screen, Status.USAGE, _usage(error, words))
    except (typer.Abort, KeyboardInterrupt):
        return _failed(screen, Status.CANCELLED, "Cancelled.")
    except PlanError as error:
        return _problems(screen, error)
    except BrokenPipeError:
        # Whoever read our output has seen enough (`| head`); Python would complain again when it flushes.
        sys.stdout = None
        return Status.FAILED
    except Exception as error:  # noqa: BLE001 (the outermost frame: beyond it is only a traceback, which may quote a cell)
        status = status_of(error)
        if status is not None:
            return _failed(screen, status, str(error))
        return _failed(screen, Status.FAILED, crash_report(error))


def application(words: Sequence[str]) -> typer.Typer:
    """The command line; only the verb that is called is imported, all of them where help lists them."""
    app = _app(HELP)
    app.callback()(_top)
    named = [words[0]] if words and words[0] in VERBS else list(VERBS)
    for name in named:
        verb = load(name)
        if isinstance(verb, Mapping):
            group = _app(_first_line(sys.modules[VERBS[name].partition(":")[0]].__doc__), _group(verb))
            for part, function in verb.items():
                if part != DEFAULT:
                    group.command(part)(callback(function))
            app.add_typer(group, name=name)
        else:
            app.command(name)(callback(verb))
    return app


class _InOrder(TyperGroup):
    """Lists verbs as the main line goes, not as Typer happens to group them."""

    def list_commands(self, ctx: Any) -> list[str]:
        return sorted(super().list_commands(ctx), key=lambda name: list(VERBS).index(name) if name in VERBS else 0)


def _group(verbs: Mapping[str, Verb]) -> type[_InOrder]:
    """How these verbs are found: by their names, and where one of them is the default by none."""
    default = next((name for name, verb in verbs.items() if name != DEFAULT and verb is verbs.get(DEFAULT)), "")
    if not default:
        return _InOrder

    class WithDefault(_InOrder):
        def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
            named = bool(args) and (args[0] in self.commands or args[0] == "--help")
            return super().parse_args(ctx, args if named else [default, *args])

    return WithDefault


def _app(help_text: str, group: type[_InOrder] = _InOrder) -> typer.Typer:
    return typer.Typer(
        help=help_text, add_completion=False, rich_markup_mode=None, cls=group,
        context_settings={"max_content_width": 100},
    )  # fmt: skip


def _first_line(docstring: str | None) -> str:
    return (docstring or "").partition("\n")[0]


def _top(
    show_version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
) -> None:
    if show_version:
        print(f"lookalike {version('lookalike')}")
        raise typer.Exit


def _usage(error: typer.TyperException, words: Sequence[str]) -> str:
    message = error.format_message() if hasattr(error, "format_message") else str(error)
    verb = f" {words[0]}" if words and words[0] in VERBS else ""
    return f"{message.rstrip('.')}; `lookalike{verb} --help` says what is possible"


def _failed(screen: Screen, status: Status, sentence: str) -> int:
    # What stands before a colon is a table's or a column's name, and stays as it is written there.
    names = sentence.partition(" ")[0].endswith(":")
    text = sentence if names else sentence[:1].upper() + sentence[1:]
    screen.say(text if text.endswith((".", "!", "?", "\n")) else text + ".")
    if screen.as_json:
        screen.show({"error": {"status": int(status), "message": sentence}})
    return int(status)


def _problems(screen: Screen, error: PlanError) -> int:
    for part in problems_table(error.problems):
        screen.err.print(part)
    if screen.as_json:
        screen.show({"ok": False, "problems": [problem_data(problem) for problem in error.problems]})
    return Status.PLAN


if __name__ == "__main__":
    sys.exit(main())
