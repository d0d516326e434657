"""The desk at which reviewers sign, as the configuration sets it."""

from dfwarm.assembly import Site
from dfwarm.config.values import NoEvidence
from dfwarm.errors import KeyUnusable
from dfwarm.procedures.reviewing import Desk


def desk_of(site: Site) -> Desk:
    """The desk of a site. Raises KeyUnusable where the site seals nothing, so that there is nothing to sign for."""
    evidence = site.config.evidence
    if isinstance(evidence, NoEvidence):
        raise KeyUnusable(
            "the configuration names no evidence key, so no cycle is sealed and none can be reviewed",
            hint="Write a table [evidence], run `dfwarm keys init`, then review the cycles sealed from then on.",
        )
    return Desk(site.archive, site.trust(evidence), site.sealer(), site.authorities(evidence))
