/** Version of this package, as the engine is told; the same as in package.json. */
export const VERSION = "0.1.0";
