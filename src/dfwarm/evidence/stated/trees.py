"""What of the trees was in scope, what was left out, and what the listings of both sides are."""

from dfwarm.evidence.predicate import combine
from dfwarm.evidence.record import CycleRecord
from dfwarm.evidence.stated.words import NAMED_AT_MOST, Json, spell_moment


def scope(record: CycleRecord) -> Json:
    """The policy that the cycle went by."""
    scope, trees = record.scope, record.trees
    return {
        "policy": {
            "name": scope.name if scope else "",
            "version": scope.version if scope else "",
            "digest": scope.digest if scope else "",
            "approvedBy": scope.approved_by if scope else "",
            "approvedAt": spell_moment(scope.approved_at if scope else None),
        },
        "configDigest": record.config_digest,
        "roots": [root.key for root in scope.roots] if scope else [],
        "exclusions": [
            {
                "treatment": rule.treatment,
                "pattern": rule.pattern,
                "reason": rule.reason,
                "matchedFiles": max(rule.production, rule.standby),
            }
            for rule in (scope.rules if scope else ())
        ],
        "setAside": {
            "production": {"sha256": scope.production_set_aside if scope else ""},
            "standby": {"sha256": scope.standby_set_aside if scope else ""},
        },
        "excludedCount": len(trees.excluded) if trees else 0,
        "excludedEntries": list(trees.excluded[:NAMED_AT_MOST]) if trees else [],
        "unscopedStudies": list(scope.unscoped_studies) if scope else [],
    }


def content(record: CycleRecord) -> Json:
    """The listings of files with their digests."""
    content, trees = record.circumstances.content, record.trees
    production = combine({each.root: each.production_sums for each in content.manifests})
    standby = combine({each.root: each.standby_sums for each in content.manifests})
    return {
        "files": trees.files if trees else 0,
        "bytes": str(trees.bytes if trees else 0),
        "directories": content.directories,
        "links": content.links,
        "entriesExpected": record.verdict.entries_expected,
        "entriesCompared": record.verdict.entries_compared,
        "productionManifest": {"sha256": production},
        "standbyManifest": {"sha256": standby},
        "manifests": [
            {
                "root": each.root,
                "production": {"sha256": each.production_sums},
                "standby": {"sha256": each.standby_sums},
            }
            for each in content.manifests
        ],
        "identical": bool(production) and production == standby,
        "differenceCount": len(trees.differences) if trees else 0,
        "differences": list(trees.differences[:NAMED_AT_MOST]) if trees else [],
        "gapCount": len(trees.gaps) if trees else 0,
        "gaps": list(trees.gaps[:NAMED_AT_MOST]) if trees else [],
        "dataCompared": trees.data_compared if trees else "",
        "byRecordsCount": len(trees.by_records) if trees else 0,
        "byRecords": list(trees.by_records[:NAMED_AT_MOST]) if trees else [],
        "checked": list(trees.checked) if trees else [],
        "oldestReadingSeconds": {
            "production": trees.production_oldest_seconds if trees else -1,
            "standby": trees.standby_oldest_seconds if trees else -1,
        },
        "added": content.added,
        "changed": content.changed,
        "deleted": content.deleted,
    }


def metadata(record: CycleRecord) -> Json:
    """The listings of owners, modes and times."""
    manifests = record.circumstances.content.manifests
    return {
        "manifests": [
            {
                "root": each.root,
                "production": {"sha256": each.production_mtree},
                "standby": {"sha256": each.standby_mtree},
            }
            for each in manifests
        ],
        "identical": bool(manifests) and all(each.production_mtree == each.standby_mtree for each in manifests),
        "mappings": [],
    }
