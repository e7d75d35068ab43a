// Package provider describes the bpg Proxmox provider to Pulumi's Terraform bridge, under the names of the npm package
// @muhlba91/pulumi-proxmoxve, so that programs written against that package find their resources here.
package provider

import (
	"context"
	_ "embed"
	"errors"
	"path"
	"strings"

	"github.com/bpg/terraform-provider-proxmox/fwprovider"
	bpg "github.com/bpg/terraform-provider-proxmox/proxmoxtf/provider"
	"github.com/ettle/strcase"
	pf "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/pf/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	shim "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim"
	sdkv2 "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v2"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
)

// Version is the version of the npm package whose programs are served: its SDK sends it with every resource.
const Version = "8.6.0"

// upstream is the version of the Terraform provider inside.
const upstream = "0.112.0"

const (
	prefix       = "proxmox"
	legacyPrefix = "proxmox_virtual_environment_"
)

//go:embed bridge-metadata.json
var metadata []byte

// renamedIDs are the resources with an attribute "id" of their own, which Pulumi keeps for itself; it becomes "resourceId".
var renamedIDs = map[string]bool{
	"cloned_vm": true, "replication": true, "vm": true, "vm2": true,
	"storage_pbs": true, "storage_nfs": true, "storage_cifs": true, "storage_directory": true,
	"storage_lvm": true, "storage_lvmthin": true, "storage_zfspool": true,
	"sdn_zone_simple": true, "sdn_zone_vlan": true, "sdn_zone_qinq": true, "sdn_zone_vxlan": true, "sdn_zone_evpn": true,
	"sdn_vnet": true, "sdn_fabric_ospf": true, "sdn_fabric_openfabric": true,
}

// Info describes the whole provider.
func Info() tfbridge.ProviderInfo {
	p := pf.MuxShimWithPF(context.Background(), sdkv2.NewProvider(bpg.ProxmoxVirtualEnvironment()), fwprovider.New(upstream)())
	info := tfbridge.ProviderInfo{
		P:                p,
		Name:             "proxmoxve",
		Version:          Version,
		ResourcePrefix:   prefix,
		GitHubOrg:        "bpg",
		UpstreamRepoPath: ".",
		MetadataInfo:     tfbridge.NewProviderMetadata(metadata),
		Resources:        map[string]*tfbridge.ResourceInfo{},
		DataSources:      map[string]*tfbridge.DataSourceInfo{},
	}
	p.ResourcesMap().Range(func(name string, _ shim.Resource) bool {
		info.Resources[name] = resourceInfo(name)
		return true
	})
	p.DataSourcesMap().Range(func(name string, _ shim.Resource) bool {
		info.DataSources[name] = &tfbridge.DataSourceInfo{Tok: tokens.ModuleMember(token("get", name))}
		return true
	})
	info.SetAutonaming(255, "-")
	return info
}

func resourceInfo(name string) *tfbridge.ResourceInfo {
	info := &tfbridge.ResourceInfo{Tok: tokens.Type(token("", name))}
	if short := strings.TrimPrefix(name, legacyPrefix); short != name && short != "vm" && renamedIDs[short] {
		renameID(info, "resourceId")
	}
	if short := strings.TrimPrefix(name, prefix+"_"); renamedIDs[short] || short == "backup_job" {
		renameID(info, "resourceId")
	}
	if name == prefix+"_sdn_controller_evpn" {
		renameID(info, "sdnControllerEvpnId")
	}
	return info
}

func renameID(info *tfbridge.ResourceInfo, to string) {
	info.Fields = map[string]*tfbridge.SchemaInfo{"id": {Name: to, Type: "string"}}
	info.ComputeID = func(_ context.Context, state resource.PropertyMap) (resource.ID, error) {
		id, ok := state[resource.PropertyKey(to)]
		if !ok || !id.IsString() {
			return "", errors.New("the object has no " + to)
		}
		return resource.ID(id.StringValue()), nil
	}
}

// token is the Pulumi token of a Terraform name: proxmox_storage_pbs is proxmoxve:storage/pbs:Pbs, and
// proxmox_virtual_environment_vm is proxmoxve:index/vmLegacy:VmLegacy.
func token(verb, name string) string {
	short, suffix := strings.TrimPrefix(name, prefix+"_"), ""
	if legacy := strings.TrimPrefix(name, legacyPrefix); legacy != name {
		short, suffix = legacy, "Legacy"
	}
	words := strings.Split(short, "_")
	last := len(words) - 1
	module := "index"
	if last > 0 {
		module = strings.Join(words[:last], "/")
	}
	member := strcase.ToPascal(verb+"_"+words[last]) + suffix
	if verb == "" {
		member = strcase.ToPascal(words[last]) + suffix
	}
	return "proxmoxve:" + path.Join(module, strcase.ToCamel(member)) + ":" + member
}
