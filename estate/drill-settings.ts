import * as z from "zod";

import { text } from "./schema";
import { isNetworkPlace } from "./units/network-place";

/** How backups of this site are tried. */
export const drillSettings = z
  .strictObject({
    /**
     * Bridge of the nodes without a cable and without an address: guests of a drill are on it together, and see nobody else. A drill
     * looks at it each time, and refuses one that leads anywhere.
     * @default - none: each guest is tried alone, without network cards, and what it needs of others is not tried
     */
    bridge: text((name) => isNetworkPlace(name) && !name.includes("/"), 'a bridge such as "drill"').optional(),
  })
  .prefault({});
