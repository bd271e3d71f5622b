//! Work that dies in the middle, as a killed process does.
use std::pin::Pin;
use std::task::{Context, Poll};

/// Dies when it has waited so many times: whatever it was waiting for goes on without it.
pub struct Mortal<F> {
    inner: Option<Pin<Box<F>>>,
    waits_left: usize,
}

impl<F: Future> Mortal<F> {
    /// Lives for so many waits.
    pub fn new(life: F, waits_left: usize) -> Self {
        Self { inner: Some(Box::pin(life)), waits_left }
    }
}

impl<F: Future> Future for Mortal<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(inner) = self.inner.as_mut() else { return Poll::Ready(None) };
        match inner.as_mut().poll(context) {
            Poll::Ready(done) => Poll::Ready(Some(done)),
            Poll::Pending if self.waits_left == 0 => {
                self.inner = None;
                Poll::Ready(None)
            }
            Poll::Pending => {
                self.waits_left -= 1;
                Poll::Pending
            }
        }
    }
}
