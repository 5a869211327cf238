//! A line between a service and a component, which can be cut, and can lie.

use std::sync::{
    Arc,
    atomic::{AtomicU8, Ordering},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional},
    net::{TcpListener, TcpStream},
};

/// What the line does with a connection.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Mode {
    /// Carries it.
    Open,
    /// Closes it.
    Cut,
    /// Answers it with an HTTP response of bytes that nobody asked for.
    Lying,
}

pub struct Line {
    pub url: String,
    mode: Arc<AtomicU8>,
}

impl Line {
    /// A line to the service at `http://host:port`. Connections that are open stay as they are when the mode changes,
    /// but for [`Mode::Cut`] new ones are refused from then on.
    pub async fn to(url: &str) -> Self {
        let target = url.trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("bound"));
        let mode = Arc::new(AtomicU8::new(Mode::Open as u8));
        let now = mode.clone();
        tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let (now, target) = (now.clone(), target.clone());
                tokio::spawn(async move {
                    match now.load(Ordering::SeqCst) {
                        mode if mode == Mode::Open as u8 => {
                            let Ok(mut far) = TcpStream::connect(target).await else { return };
                            let cut = async {
                                while now.load(Ordering::SeqCst) == Mode::Open as u8 {
                                    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
                                }
                            };
                            tokio::select! { _ = copy_bidirectional(&mut near, &mut far) => {}, () = cut => {} }
                        }
                        mode if mode == Mode::Lying as u8 => {
                            let _ = near.read(&mut [0; 4096]).await;
                            let lie = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nlies!";
                            let _ = near.write_all(lie.as_bytes()).await;
                        }
                        _ => {}
                    }
                });
            }
        });
        Self { url, mode }
    }

    pub fn set(&self, mode: Mode) {
        self.mode.store(mode as u8, Ordering::SeqCst);
    }
}
