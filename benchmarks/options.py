"""How large a measure is taken."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Options:
    """Given on the command line.

    Attributes:
        scale: 1 for real figures; a tenth is enough to see a measure work.
        rate: whole registrations a second, of the relaunch.
        minutes: how long the relaunch lasts.
        tests: run the whole test suite to see how long it takes.
    """

    scale: float = 1.0
    rate: float = 6.0
    minutes: float = 20.0
    tests: bool = False

    def command(self, measure: str) -> str:
        """What takes the measure again at this size."""
        said = [measure]
        if measure == "relaunch":
            said += ["--rate", f"{self.rate:g}", "--minutes", f"{self.minutes:g}"]
        if measure == "start" and self.tests:
            said.append("--tests")
        if self.scale != 1 and measure != "relaunch":
            said += ["--scale", f"{self.scale:g}"]
        return f'make bench ARGS="{" ".join(said)}"'

    def of(self, number: int, least: int = 1) -> int:
        """That number at this scale."""
        return max(least, round(number * self.scale))
