// Command plugin is the provider plugin itself.
package main

import (
	"context"
	_ "embed"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/pf/tfbridge"

	"tappaas-resilience/engine/proxmoxve/provider"
)

//go:embed schema.json
var schema []byte

func main() {
	tfbridge.MainWithMuxer(context.Background(), "proxmoxve", provider.Info(), schema)
}
