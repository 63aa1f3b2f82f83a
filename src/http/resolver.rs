//! Host names to addresses, as the system does it. The HTTP client's own resolver hides in its error that it failed.

use std::{
    io,
    net::{IpAddr, SocketAddr, ToSocketAddrs},
};

use aws_smithy_runtime_api::client::dns::{DnsFuture, ResolveDns, ResolveDnsError};

#[derive(Clone, Copy, Debug)]
pub(super) struct SystemResolver;

impl ResolveDns for SystemResolver {
    fn resolve_dns<'a>(&'a self, name: &'a str) -> DnsFuture<'a> {
        let name = name.to_owned();
        DnsFuture::new(async move {
            // The system's call blocks.
            let looked_up = tokio::task::spawn_blocking(move || look_up(&name)).await;
            let addresses = looked_up.map_err(ResolveDnsError::new)?;
            addresses.map_err(ResolveDnsError::new)
        })
    }
}

fn look_up(name: &str) -> io::Result<Vec<IpAddr>> {
    let addresses = (name, 0).to_socket_addrs()?;
    Ok(addresses.map(|address: SocketAddr| address.ip()).collect())
}
