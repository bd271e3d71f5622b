//! A network between function and database: what the server says arrives a millisecond later, so each round trip takes
//! that much longer. A thread for each direction of each connection, because an async timer counts in whole milliseconds.
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

/// Added to each round trip.
pub(crate) const DELAY: Duration = Duration::from_millis(1);

/// Listens on a port of its own, forwards to `target` (`127.0.0.1:5432`) and returns the port. Lasts as long as the process.
pub(crate) fn slow(target: &str) -> std::io::Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let port = listener.local_addr()?.port();
    let target = target.to_owned();
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let _ = connect(&client, &target);
        }
    });
    Ok(port)
}

fn connect(client: &TcpStream, target: &str) -> std::io::Result<()> {
    let server = TcpStream::connect(target)?;
    for (from, to, delay) in [(client, &server, Duration::ZERO), (&server, client, DELAY)] {
        from.set_nodelay(true)?;
        let (from, to) = (from.try_clone()?, to.try_clone()?);
        std::thread::spawn(move || forward(from, to, delay));
    }
    Ok(())
}

fn forward(mut from: TcpStream, mut to: TcpStream, delay: Duration) {
    let mut words = vec![0; 65_536];
    while let Ok(size @ 1..) = from.read(&mut words) {
        if !delay.is_zero() {
            std::thread::sleep(delay);
        }
        if to.write_all(&words[..size]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(std::net::Shutdown::Both);
    let _ = from.shutdown(std::net::Shutdown::Both);
}
