// Command tfgen writes schema.json and bridge-metadata.json, which the plugin embeds.
package main

import (
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/pf/tfgen"

	"tappaas-resilience/engine/proxmoxve/provider"
)

func main() {
	tfgen.MainWithMuxer("proxmoxve", provider.Info())
}
