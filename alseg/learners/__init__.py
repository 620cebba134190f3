"""Learners: LightningModules that predict with members. One file per learner, one YAML in ``conf/learner``."""

from typing import TYPE_CHECKING

from alseg import lazily

if TYPE_CHECKING:
    from alseg.learners.augmentation import Augmentation
    from alseg.learners.classification_learner import ClassificationLearner
    from alseg.learners.classifier import Classifier
    from alseg.learners.dual_view import DualView
    from alseg.learners.fixmatch import FixMatch
    from alseg.learners.image_augmentation import ImageAugmentation
    from alseg.learners.learner import DataSpec, Learner
    from alseg.learners.learning_loss import LearningLoss
    from alseg.learners.losses import CrossEntropyDice
    from alseg.learners.probe import Probe
    from alseg.learners.refinement.self_refinement import SelfRefinement
    from alseg.learners.segmentation_learner import SegmentationLearner
    from alseg.learners.segmenter import Segmenter
    from alseg.learners.sequal import Sequal
    from alseg.learners.unisal import UniSAL
else:
    __getattr__, __dir__ = lazily(__name__)

__all__ = [
    "Augmentation",
    "ClassificationLearner",
    "Classifier",
    "CrossEntropyDice",
    "DataSpec",
    "DualView",
    "FixMatch",
    "ImageAugmentation",
    "Learner",
    "LearningLoss",
    "Probe",
    "SegmentationLearner",
    "Segmenter",
    "SelfRefinement",
    "Sequal",
    "UniSAL",
]
