"""The contrastive loss as plain double loops."""

import torch

T = 0.15


def by_pairs(first, second, classes, positives="sample", temperature=T):
    """The formula of the docstring, one pair of samples after the other."""

    def cos(x, y):
        return (x @ y) / (x.norm() * y.norm())

    known = [i for i in range(len(classes)) if classes[i] != -1]
    losses = []
    for i in known:
        negative = torch.zeros((), dtype=first.dtype)
        for j in known:
            if classes[j] != classes[i]:
                negative = negative + (cos(second[i], second[j]) / temperature).exp()
                negative = negative + (cos(first[i], first[j]) / temperature).exp()
        partners = [i] if positives == "sample" else [j for j in known if classes[j] == classes[i]]
        each = []
        for p in partners:
            positive = (cos(second[i], first[p]) / temperature).exp()
            each.append(-(positive / (positive + negative)).log())
        losses.append(sum(each) / len(each))
    return sum(losses) / len(losses) if losses else (first.sum() + second.sum()) * 0


def projections(n, p=8, dtype=torch.float32, seed=0):
    generator = torch.Generator().manual_seed(seed)
    both = torch.randn(2, n, p, generator=generator, dtype=torch.float64) + 0.5
    return [z.to(dtype).requires_grad_() for z in both]
