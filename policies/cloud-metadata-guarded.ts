import { resourceRule } from "./rule";
import { CLOUD_MACHINE, CLOUD_TEMPLATE } from "./types";

/**
 * A service in the machine that can be made to fetch an address for somebody hands out the machine's login to AWS, unless the metadata
 * asks for a token first. Source: AWS, "Use IMDSv2".
 */
export const cloudMetadataGuarded = resourceRule(
  { name: "cloud-metadata-guarded", description: "The login of a machine in a cloud is not handed to whoever asks." },
  [CLOUD_MACHINE, CLOUD_TEMPLATE],
  ({ name, props }) => {
    const said = props["metadataOptions"] as
      { readonly httpTokens?: unknown; readonly httpEndpoint?: unknown } | undefined;
    const isTemplates = said === undefined && "launchTemplate" in props;
    return isTemplates || said?.httpTokens === "required" || said?.httpEndpoint === "disabled"
      ? []
      : [`${name} must not hand out its login: set metadataOptions.httpTokens: "required".`];
  },
);
