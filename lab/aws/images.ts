/** Account in which Debian publishes its images. Source: https://wiki.debian.org/Cloud/AmazonEC2Image */
const DEBIAN = "136693071363";

/** Debian's images as they are published, an older one among them: who asks for the newest gets that. */
export function debianImages(): readonly object[] {
  return [
    image("ami-0deb1a13000000001", "debian-13-amd64-20260114-2355", "x86_64", "2026-01-14T23:55:00.000Z"),
    image("ami-0deb1a13000000002", "debian-13-amd64-20260918-2240", "x86_64", "2026-09-18T22:40:00.000Z"),
    image("ami-0deb1a13000000003", "debian-13-arm64-20260918-2240", "arm64", "2026-09-18T22:40:00.000Z"),
    image("ami-0deb1a12000000001", "debian-12-amd64-20260901-2210", "x86_64", "2026-09-01T22:10:00.000Z"),
  ];
}

function image(id: string, name: string, architecture: string, created: string): object {
  return {
    ami_id: id,
    name,
    architecture,
    creation_date: created,
    owner_id: DEBIAN,
    image_location: `amazon/${name}`,
    description: `Debian ${name.split("-")[1] ?? ""}`,
    state: "available",
    public: true,
    image_type: "machine",
    root_device_type: "ebs",
    root_device_name: "/dev/xvda",
    virtualization_type: "hvm",
    hypervisor: "xen",
    sriov: "simple",
  };
}
