/**
 * The resources of Cloudflare that are used, by the files in which they stand: the package as a whole takes most of a second to load.
 * These paths are no contract of the package, so that they are named here alone and its version is pinned.
 */
export { DnsRecord } from "@pulumi/cloudflare/dnsRecord";
export { getZeroTrustTunnelCloudflaredTokenOutput } from "@pulumi/cloudflare/getZeroTrustTunnelCloudflaredToken";
export { LoadBalancer } from "@pulumi/cloudflare/loadBalancer";
export { LoadBalancerMonitor } from "@pulumi/cloudflare/loadBalancerMonitor";
export { LoadBalancerPool } from "@pulumi/cloudflare/loadBalancerPool";
export { NotificationPolicy } from "@pulumi/cloudflare/notificationPolicy";
export { NotificationPolicyWebhooks } from "@pulumi/cloudflare/notificationPolicyWebhooks";
export { Provider as CloudflareProvider } from "@pulumi/cloudflare/provider";
export { ZeroTrustAccessApplication } from "@pulumi/cloudflare/zeroTrustAccessApplication";
export { ZeroTrustAccessPolicy } from "@pulumi/cloudflare/zeroTrustAccessPolicy";
export { ZeroTrustTunnelCloudflared } from "@pulumi/cloudflare/zeroTrustTunnelCloudflared";
export { ZeroTrustTunnelCloudflaredConfig } from "@pulumi/cloudflare/zeroTrustTunnelCloudflaredConfig";
