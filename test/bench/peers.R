# Times R on the rows that bench.ts wrote, and prints JSON. Arguments: folder, then name:task pairs.
suppressMessages({ library(lme4); library(pbkrtest); library(clubSandwich); library(geepack); library(jsonlite) })
arguments <- commandArgs(TRUE)
lower_quartile_of <- function(f, least_seconds = 3, least = 5) {
  first <- system.time(f())[["elapsed"]] # first call loads and compiles
  if (first > 5) least <- 2 # no compilation shows beside that
  times <- numeric(0)
  while (length(times) < least || (sum(times) < least_seconds && length(times) < 200)) times <- c(times, system.time(f(), gcFirst = FALSE)[["elapsed"]])
  c(seconds = quantile(times, 0.25, names = FALSE, type = 1), runs = length(times))
}
tasks <- list(
  "mixed-kenward-roger" = function(d) function() {
    m <- lmer(y ~ arm + x + (1 | cluster), d)
    v <- vcovAdj(m)
    sapply(1:3, function(i) Lb_ddf(diag(3)[i, ], vcov(m), v))
    c(fixef(m)[[2]], sqrt(v[2, 2]))
  },
  "mixed" = function(d) function() { m <- lmer(y ~ arm + x + (1 | cluster), d); c(fixef(m)[[2]], sqrt(vcov(m)[2, 2])) },
  "cr2" = function(d) function() {
    m <- lm(y ~ arm + x, d)
    t <- coef_test(m, vcov = vcovCR(m, cluster = d$cluster, type = "CR2"), test = "Satterthwaite")
    c(t$beta[2], t$SE[2])
  },
  "gee-exchangeable" = function(d) function() {
    m <- geeglm(event ~ arm + x, id = cluster, data = d, family = binomial, corstr = "exchangeable")
    unname(as.numeric(coef(summary(m))[2, 1:2]))
  },
  "glmer-9" = function(d) function() { m <- glmer(event ~ arm + x + (1 | cluster), d, family = binomial, nAGQ = 9); c(fixef(m)[[2]], sqrt(vcov(m)[2, 2])) },
  "glmer-laplace" = function(d) function() { m <- glmer(event ~ arm + x + (1 | cluster), d, family = binomial); c(fixef(m)[[2]], sqrt(vcov(m)[2, 2])) }
)
out <- list()
for (a in arguments[-1]) {
  parts <- strsplit(a, ":")[[1]]
  d <- read.csv(file.path(arguments[1], paste0(parts[1], ".csv")))
  run <- tasks[[parts[2]]](d)
  t <- lower_quartile_of(run)
  out[[a]] <- list(seconds = t[["seconds"]], runs = t[["runs"]], answer = run())
}
cat(toJSON(out, auto_unbox = TRUE, digits = I(15)), "\n")
