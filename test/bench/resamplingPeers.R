# What R takes for the resampling tasks of resampling.ts, from the same rows, in seconds for as many replicates as ours.
# Where one replicate takes R milliseconds a few are timed and the rest extrapolated.
suppressMessages({ library(lme4); library(pbkrtest); library(sandwich); library(jsonlite) })
folder <- commandArgs(TRUE)[1]
data <- function(name) read.csv(file.path(folder, paste0(name, ".csv")))
seconds <- function(f, timed, wanted) { f(2); system.time(f(timed))[["elapsed"]] * wanted / timed }

# Every allocation by combn's own loop: the sum of treated cluster means decides.
d <- data("permutation")
m <- tapply(d$y, d$cluster, mean)
permutation <- system.time(combn(length(m), 11, function(i) sum(m[i])))[["elapsed"]]

# Rademacher weights for clusters, refits; standard errors only, no t.
d <- data("wild")
fit <- lm(y ~ arm + x * event, d)
wild <- seconds(function(n) vcovBS(fit, cluster = d$cluster, R = n, type = "wild-rademacher"), 400, 99999)

# Clusters drawn with replacement within arms, lmer on each.
d <- data("bootstrap")
rows <- split(seq_len(nrow(d)), d$cluster)
arm <- tapply(d$arm, d$cluster, `[`, 1)
resample <- function(n) for (k in seq_len(n)) {
  drawn <- unlist(lapply(split(seq_along(rows), arm), function(own) sample(own, replace = TRUE)))
  again <- d[unlist(rows[drawn]), ]
  again$cluster <- rep(seq_along(drawn), lengths(rows[drawn]))
  fixef(suppressMessages(lmer(y ~ arm + x + (1 | cluster), again)))[["arm"]]
}
bootstrap <- seconds(resample, 40, 9999)

# 39 practices of 5, lmer, Kenward-Roger for the arm.
simulated <- function(n) for (k in seq_len(n)) {
  d <- data.frame(cluster = rep(1:39, each = 5), arm = rep(1:39 <= 20, each = 5) + 0)
  d$y <- sqrt(0.05) * rnorm(39)[d$cluster] + sqrt(0.95) * rnorm(195)
  fit <- suppressMessages(lmer(y ~ arm + (1 | cluster), d))
  Lb_ddf(c(0, 1), vcov(fit), vcovAdj(fit))
}
trials <- seconds(simulated, 20, 10000)
cat(toJSON(list(permutation = permutation, wild = wild, bootstrap = bootstrap, trials = trials), auto_unbox = TRUE, digits = 6), "\n")
