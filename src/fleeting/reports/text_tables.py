"""A table of plain cells, and the same cells in Markdown and LaTeX."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

LATEX = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "{": r"\{",
        "}": r"\}",
        "$": r"\$",
        "&": r"\&",
        "#": r"\#",
        "%": r"\%",
        "_": r"\_",
        "^": r"\textasciicircum{}",
        "~": r"\textasciitilde{}",
        "<": r"\textless{}",
        ">": r"\textgreater{}",
        "|": r"\textbar{}",
        "±": r"$\pm$",
        "†": r"$\dagger$",
        "‡": r"$\ddagger$",
        "\n": " ",
    }
)
MARKDOWN = str.maketrans(
    {"\\": r"\\", "|": r"\|", "*": r"\*", "_": r"\_", "`": r"\`", "[": r"\[", "<": "&lt;", "&": "&amp;", "\n": " "}
)


@dataclass(frozen=True, slots=True)
class TextTable:
    """Cells as people read them."""

    key: str
    """Short name: the LaTeX label and the HTML id."""
    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    """As many cells each as `head` has."""
    words: frozenset[str] = frozenset()
    """Columns of words, which stand to the left; numbers stand to the right."""

    def to_markdown(self) -> str:
        """A GitHub table, without the title."""
        rule = ["---" if name in self.words else "---:" for name in self.head]
        lines = [[cell.translate(MARKDOWN) for cell in row] for row in (self.head, *self.rows)]
        return "".join(f"| {' | '.join(cells)} |\n" for cells in (lines[0], rule, *lines[1:]))

    def without(self, *names: str) -> TextTable:
        """The table less the columns of these names."""
        kept = [place for place, name in enumerate(self.head) if name not in names]
        head, *rows = ([row[place] for place in kept] for row in (self.head, *self.rows))
        return replace(self, head=head, rows=rows)

    def to_latex(self, notes: Sequence[str] = ()) -> str:
        """A float as wide as the page: needs booktabs for the rules and adjustbox to make it fit.

        Args:
            notes: sentences that stand below the table, one paragraph each.
        """
        columns = "".join("l" if name in self.words else "r" for name in self.head)
        head, *rows = (" & ".join(cell.translate(LATEX) for cell in row) + r" \\" for row in (self.head, *self.rows))
        lines = [note.translate(LATEX) + r"\par" for note in notes]
        below = [r"\par\smallskip\begin{minipage}{\textwidth}\footnotesize", *lines, r"\end{minipage}"] if notes else []
        return "\n".join(
            [
                r"\begin{table*}",
                r"\centering",
                rf"\caption{{{self.title.translate(LATEX)}}}",
                rf"\label{{tab:{self.key}}}",
                r"\begin{adjustbox}{max width=\textwidth}",
                rf"\begin{{tabular}}{{{columns}}}",
                r"\toprule",
                head,
                r"\midrule",
                *rows,
                r"\bottomrule",
                r"\end{tabular}",
                r"\end{adjustbox}",
                *below,
                r"\end{table*}",
                "",
            ]
        )
