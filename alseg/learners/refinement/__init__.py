"""Self-refinement of labels: when has the student learnt enough, and what does the teacher repair?"""
