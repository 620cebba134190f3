"""Self-refinement: labels are repaired by the teacher once the student has learnt enough."""
