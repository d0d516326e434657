"""What is compared, and which studies are kept at all: decisions of people, held against what is there."""

from dfwarm.plan.checks.result import CheckResult, Examined, weigh


def scope_approved(examined: Examined) -> CheckResult:
    """What is left out of a comparison is a policy that somebody answers for."""
    terms = examined.terms
    return weigh(
        "scope policy",
        f"{terms.scope} is approved" if terms.scope else "no policy was asked about",
        (terms.scope_problem,) if terms.scope_problem else (),
        do="Read what changed with `dfwarm approve scope`, and approve it by name or put the configuration back.",
    )


def studies_kept(examined: Examined) -> CheckResult:
    """A study that nobody put into the configuration has no standby, and nobody would notice."""
    registered = {place.registration.number for place in examined.production.places}
    left = sorted(registered - set(examined.terms.studies)) if examined.terms.studies else []
    return weigh(
        "studies kept",
        "every study that production registers is kept",
        warnings=(f"study {study:03d} is registered on production and not kept by this pair" for study in left),
        do="Add it to `studies` of the pair, or have the scope document say why it is left out.",
    )
