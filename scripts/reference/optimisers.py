"""Reference runs of PyTorch's optimisers for packages/core/test/optimisers.

Every run is in float64 and records, for each evaluation of the objective, the point and the loss.
The same run in float32 says how far rounding alone leads away from it (`float32Gap`, the largest
distance so far, per evaluation): deepstyle keeps its vectors in float32.

    python3 scripts/reference/optimisers.py > packages/core/test/optimisers/reference.json
    npx prettier --write packages/core/test/optimisers/reference.json

Needs PyTorch (Debian: python3-torch).
"""

import json

import torch

def rosenbrock(x):
    return (1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2


def quadratic(x):
    """Half of x' diag(1..n) x, moved so that the minimum is at (1, 2, .., n) / n."""
    scale = torch.arange(1, len(x) + 1, dtype=x.dtype)
    return 0.5 * (scale * (x - scale / len(x)) ** 2).sum()


def bowl(x):
    """Half of x' diag(1..n) x."""
    return 0.5 * (torch.arange(1, len(x) + 1, dtype=x.dtype) * x**2).sum()


PROBLEMS = {
    "rosenbrock": (rosenbrock, [-1.2, 1.0]),
    "quadratic": (quadratic, [0.0, 0.0, 0.0, 0.0, 0.0]),
    "bowl": (bowl, [1.0] * 10),
}


def evaluations(problem, make, steps, dtype):
    """Points and losses of the evaluations that `steps` calls of step() make."""
    function, start = PROBLEMS[problem]
    x = torch.tensor(start, dtype=dtype, requires_grad=True)
    optimiser = make([x])
    points = []

    def closure():
        optimiser.zero_grad()
        loss = function(x)
        loss.backward()
        points.append({"x": x.detach().tolist(), "loss": loss.item()})
        return loss

    for _ in range(steps):
        optimiser.step(closure)
    return points


def run(problem, make, steps):
    exact = evaluations(problem, make, steps, torch.float64)
    rounded = evaluations(problem, make, steps, torch.float32)
    gaps = []
    for one, other in zip(exact, rounded):
        gap = max(abs(a - b) for a, b in zip(one["x"], other["x"]))
        gaps.append(float(f"{max([gap] + gaps[-1:]):.2g}"))
    return {"problem": problem, "evaluations": exact, "float32Gap": gaps}


def lbfgs(history, iterations, line_search):
    """One call of step() makes all iterations; no tolerance stops it early."""
    return lambda params: torch.optim.LBFGS(
        params,
        history_size=history,
        max_iter=iterations,
        max_eval=10**6,
        tolerance_grad=0,
        tolerance_change=0,
        line_search_fn=line_search,
    )


RUNS = [
    # name, problem, optimiser, calls of step()
    ("lbfgs rosenbrock", "rosenbrock", lbfgs(100, 35, "strong_wolfe"), 1),
    ("lbfgs rosenbrock, history 2", "rosenbrock", lbfgs(2, 35, "strong_wolfe"), 1),
    ("lbfgs bowl", "bowl", lbfgs(100, 14, "strong_wolfe"), 1),
    ("lbfgs bowl, no line search", "bowl", lbfgs(100, 15, None), 1),
    ("adam rosenbrock", "rosenbrock", lambda p: torch.optim.Adam(p, lr=0.1), 50),
    ("adam quadratic", "quadratic", lambda p: torch.optim.Adam(p, lr=0.05, betas=(0.8, 0.95)), 50),
    ("sgd quadratic", "quadratic", lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9), 50),
    (
        "nesterov quadratic",
        "quadratic",
        lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True),
        50,
    ),
    (
        "nesterov rosenbrock",
        "rosenbrock",
        lambda p: torch.optim.SGD(p, lr=2e-4, momentum=0.9, nesterov=True),
        50,
    ),
    ("adagrad rosenbrock", "rosenbrock", lambda p: torch.optim.Adagrad(p, lr=0.5), 50),
    ("adagrad quadratic", "quadratic", lambda p: torch.optim.Adagrad(p, lr=0.5), 50),
]

if __name__ == "__main__":
    print(
        json.dumps(
            {
                "command": "python3 scripts/reference/optimisers.py",
                "torch": torch.__version__,
                "runs": {
                    name: run(problem, make, steps) for name, problem, make, steps in RUNS
                },
            }
        )
    )
