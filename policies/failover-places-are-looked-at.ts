import { ofType, stackRule } from "./rule";
import { LOAD_BALANCER_POOL } from "./types";

/** A place that nobody looks at gets requests also when it is gone. */
export const failoverPlacesAreLookedAt = stackRule(
  {
    name: "failover-places-are-looked-at",
    description:
      "Each place to which a name may fail over is looked at, so that one that does not answer gets no requests.",
  },
  (resources) =>
    ofType(resources, LOAD_BALANCER_POOL)
      // Before the monitor is there nobody knows its identifier, but from what it comes.
      .filter(({ props, from }) => from("monitor").length === 0 && typeof props["monitor"] !== "string")
      .map(({ name }) => `${name} must be looked at: give the pool a monitor.`),
);
