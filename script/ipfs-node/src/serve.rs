//! One HTTP listener: bound before it is announced, limited in the requests it serves at a time, stopped in order.

use std::{net::SocketAddr, sync::Arc};

use axum::{
    Router,
    extract::{Request, State},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use tokio::{
    net::TcpListener,
    sync::{Semaphore, oneshot},
    task::JoinHandle,
};

use super::{Error, limits};

pub(super) struct Server {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<std::io::Result<()>>,
}

impl Server {
    pub(super) async fn start(name: &str, address: SocketAddr, router: Router) -> Result<Self, Error> {
        let listener =
            TcpListener::bind(address).await.map_err(Error::io(format!("listen for {name} on {address}")))?;
        let address = listener.local_addr().map_err(Error::io("read the bound address"))?;
        let (stop, stopped) = oneshot::channel();
        let serving = axum::serve(listener, router).with_graceful_shutdown(async {
            // A dropped sender stops the server as well.
            let _ = stopped.await;
        });
        Ok(Self { address, stop, task: tokio::spawn(serving.into_future()) })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(super) async fn stop(mut self) {
        let _ = self.stop.send(());
        if tokio::time::timeout(limits::SHUTDOWN_TIMEOUT, &mut self.task).await.is_err() {
            self.task.abort();
            let _ = self.task.await;
        }
    }
}

/// How the two listeners spell an error.
pub(super) type Spell = fn(Error) -> Response;

/// Lets at most [`limits::MAX_CONCURRENT_REQUESTS`] requests of a listener run; the others wait their turn.
pub(super) fn limited(router: Router, spell: Spell) -> Router {
    let turns = Arc::new(Semaphore::new(limits::MAX_CONCURRENT_REQUESTS));
    router.layer(middleware::from_fn_with_state((turns, spell), in_turn))
}

async fn in_turn(State((turns, spell)): State<(Arc<Semaphore>, Spell)>, request: Request, next: Next) -> Response {
    match tokio::time::timeout(limits::TURN_TIMEOUT, turns.acquire()).await {
        Ok(Ok(_turn)) => next.run(request).await,
        _ => spell(Error::Busy { what: "requests", limit: limits::MAX_CONCURRENT_REQUESTS }).into_response(),
    }
}
