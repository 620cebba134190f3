"""The parts of the campaign, by name, in the order in which all of them run."""

from __future__ import annotations

from benchmarks.campaign import bad_inputs, full_disk, hostile, kills, large, studio, surroundings
from benchmarks.campaign.part import Part

PARTS: dict[str, Part] = {
    "bad_inputs": bad_inputs.PART,
    "kills": kills.PART,
    "studio": studio.PART,
    "hostile": hostile.PART,
    "full_disk": full_disk.PART,
    "surroundings": surroundings.PART,
    "large": large.PART,
}
