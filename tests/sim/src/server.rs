//! Front 2: AWS's protocols over HTTP/1.1 on the loopback interface, for clients in other processes. It lives in real
//! time; give the simulation a speed.

use std::future::{pending, poll_fn};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use http::{Request, Response};
use http_body_util::{BodyExt, Either, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use crate::body::CutBody;
use crate::cloud::Cloud;
use crate::exchange::Broken;
use crate::sim::Sim;
use crate::wire;

type Body = Either<Full<Bytes>, CutBody>;

/// A listening simulation. It ends, with all its connections, when this is dropped.
#[derive(Debug)]
pub struct Server {
    /// Where it listens: a free port of `127.0.0.1`.
    pub addr: SocketAddr,
    accepting: JoinHandle<()>,
}

impl Server {
    /// Starts to listen, on the current tokio runtime, and tells the world where.
    ///
    /// # Errors
    /// Where the loopback interface has no free port.
    pub async fn start<W: Cloud>(sim: Sim<W>) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let addr = listener.local_addr()?;
        let door = Door {
            sim,
            base: Arc::from(format!("http://{addr}")),
            reset: Arc::default(),
        };
        door.sim.world(|world| world.set_blob_base(&door.base));
        Ok(Self {
            addr,
            accepting: tokio::spawn(accept(listener, door)),
        })
    }

    /// What belongs into `AWS_ENDPOINT_URL`.
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// What a connection needs.
struct Door<W: Cloud> {
    sim: Sim<W>,
    base: Arc<str>,
    /// Whether the connection ends with a reset instead of an orderly close.
    reset: Arc<AtomicBool>,
}

impl<W: Cloud> Door<W> {
    fn another(&self) -> Self {
        Self {
            sim: self.sim.clone(),
            base: Arc::clone(&self.base),
            reset: Arc::default(),
        }
    }

    async fn respond(&self, request: Request<Incoming>) -> io::Result<Response<Body>> {
        let is_plain = wire::is_plain(&request);
        let (mut parts, body) = request.into_parts();
        let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
        if is_plain {
            let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
            parts.uri = format!("{}{path}", self.base)
                .parse()
                .map_err(io::Error::other)?;
        }
        match self.sim.answer(Request::from_parts(parts, body)).await {
            Ok(response) => Ok(response.map(|body| Either::Left(Full::new(body)))),
            Err(Broken::Truncated(response)) => Ok(cut(response, io::ErrorKind::UnexpectedEof)),
            Err(Broken::ResetWithin(response)) => {
                self.reset.store(true, Ordering::Relaxed);
                Ok(cut(response, io::ErrorKind::ConnectionReset))
            }
            Err(Broken::Reset | Broken::Refused | Broken::UnknownHost) => {
                self.reset.store(true, Ordering::Relaxed);
                Err(io::ErrorKind::ConnectionReset.into())
            }
            Err(Broken::Hang) => pending().await,
        }
    }
}

async fn accept<W: Cloud>(listener: TcpListener, door: Door<W>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => { connections.spawn(serve(stream, door.another())); }
                // The caller was gone before it was greeted.
                Err(_) => tokio::task::yield_now().await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

/// Serves one connection until either side ends it, then closes the socket the way the last rule wants.
async fn serve<W: Cloud>(stream: TcpStream, door: Door<W>) {
    // Small answers must not wait for a delayed acknowledgement; where that can't be set, they are just slow.
    let _slow = stream.set_nodelay(true);
    let door = &door;
    let service = service_fn(move |request| Box::pin(door.respond(request)));
    let mut connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    // Errors are those that the rules asked for, or a client that left.
    let _end = poll_fn(|cx| connection.poll_without_shutdown(cx)).await;
    let stream = connection.into_parts().io.into_inner();
    if door.reset.load(Ordering::Relaxed) {
        // Without lingering, closing sends a reset. Where that can't be set, the client sees an early end.
        let _orderly = stream.set_zero_linger();
    }
}

/// Announces the whole body, at least a byte of it, and sends half.
fn cut(response: Response<Bytes>, kind: io::ErrorKind) -> Response<Body> {
    let announced = response.body().len().max(1);
    let mut response = response.map(|body| Either::Right(CutBody::new(&body, kind)));
    response
        .headers_mut()
        .insert(CONTENT_LENGTH, announced.into());
    response
}
