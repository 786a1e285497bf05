"""The hierarchical Bayesian fit by NumPyro: run as `python elasticity_process.py ROWS.npz DRAWS.npz`.

Log units (or counts, negative binomial with a log link) of product i in category c on date d are

    level_i + x . b_i + date_cd + error,   b_i ~ Normal(m_c, spread_c),   m_c ~ Normal(0, 3)

for the standardised columns of x; the first is the log of the price. Columns that are not free have one coefficient per
category. Sampled by NUTS in two chains.
"""

import sys
from pathlib import Path
from typing import Any

import numpy as np

WARMUP, SAMPLES, CHAINS = 500, 500, 2
PRIOR_SPREAD, PRIOR_LOG_SD = 0.5, 0.6  # of the elasticities within a category, as in ml.pricing.pooling


def model(given: dict[str, Any]) -> None:
    """The model; `given` holds the arrays of ROWS.npz."""
    import jax.numpy as jnp
    import numpyro
    import numpyro.distributions as dist

    x, product, category, free = given["x"], given["product"], given["category"], given["free"]
    products, columns, categories = len(category), x.shape[1], int(category.max()) + 1
    common = numpyro.sample("common", dist.Normal(0, 3).expand([categories, columns]).to_event(2))
    price_spread = numpyro.sample(
        "price_spread", dist.LogNormal(jnp.log(PRIOR_SPREAD), PRIOR_LOG_SD).expand([categories]).to_event(1)
    )
    other_spread = numpyro.sample("other_spread", dist.HalfNormal(0.5).expand([columns]).to_event(1))
    aside = numpyro.sample("aside", dist.Normal(0, 1).expand([products, columns]).to_event(2))
    # Elasticities are in units of the log price: its column was divided by scale[0].
    spread = jnp.where(jnp.arange(columns) == 0, (price_spread * given["scale"][0])[:, None], other_spread * free)
    slope = numpyro.deterministic("slope", common[category] + spread[category] * aside)
    level = numpyro.sample("level", dist.Normal(jnp.array(given["level"]), 2.0).to_event(1))
    date_spread = numpyro.sample("date_spread", dist.HalfNormal(0.5))
    date = numpyro.sample("date", dist.Normal(0, 1).expand([int(given["dates"])]).to_event(1))
    shared = jnp.concatenate([jnp.zeros(1), date * date_spread])[given["date"]]
    mean = level[product] + (x * slope[product]).sum(axis=1) + shared
    if given["is_count"]:
        size = numpyro.sample("size", dist.LogNormal(1.0, 1.0))
        numpyro.sample("y", dist.NegativeBinomial2(jnp.exp(jnp.clip(mean, -10, 15)), size), obs=given["y"])
        return
    noise = numpyro.sample("noise", dist.HalfNormal(1.0))
    noise_spread = numpyro.sample("noise_spread", dist.HalfNormal(0.5))
    own = numpyro.sample("own_noise", dist.Normal(0, 1).expand([products]).to_event(1))
    numpyro.sample("y", dist.Normal(mean, (noise * jnp.exp(noise_spread * own))[product]), obs=given["y"])


def main(rows: Path, draws: Path) -> None:
    """Fit, and write the draws of each product's elasticity, of the categories' means, and the diagnostics."""
    import jax
    import numpyro
    from numpyro.diagnostics import summary
    from numpyro.infer import MCMC, NUTS

    numpyro.set_host_device_count(CHAINS)
    with np.load(rows) as file:
        given = {name: file[name] for name in file.files}
    given["is_count"] = bool(given["is_count"])
    sampler = MCMC(
        NUTS(model, target_accept_prob=0.9),
        num_warmup=WARMUP, num_samples=SAMPLES, num_chains=CHAINS, progress_bar=False,
    )  # fmt: skip
    sampler.run(jax.random.PRNGKey(int(given["seed"])), given)
    found = sampler.get_samples(group_by_chain=True)
    watched = {"slope": found["slope"][..., 0], "common": found["common"][..., 0]}
    told = summary(watched)
    np.savez(
        draws,
        slope=np.asarray(watched["slope"]).reshape(-1, len(given["category"])) / given["scale"][0],
        common=np.asarray(watched["common"]).reshape(CHAINS * SAMPLES, -1) / given["scale"][0],
        r_hat=max(float(np.nanmax(one["r_hat"])) for one in told.values()),
        n_eff=min(float(np.nanmin(one["n_eff"])) for one in told.values()),
        divergences=int(np.asarray(sampler.get_extra_fields()["diverging"]).sum()),
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
