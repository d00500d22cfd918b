//! What can be called: a [`Call`] by name, or a generated struct that the compiler checks.

use std::borrow::Cow;
use std::sync::Arc;

use super::{Argument, Call};

/// What every verb of a host takes: a [`Call`], or a generated struct of
/// [`codegen`](crate::codegen).
pub trait ToCall: Sync {
    /// The call; not copied where it is one already.
    fn to_call(&self) -> Cow<'_, Call>;
}

impl ToCall for Call {
    fn to_call(&self) -> Cow<'_, Call> {
        Cow::Borrowed(self)
    }
}

impl<T: ToCall + ?Sized> ToCall for &T {
    fn to_call(&self) -> Cow<'_, Call> {
        (**self).to_call()
    }
}

impl<T: ToCall + ?Sized> ToCall for Box<T> {
    fn to_call(&self) -> Cow<'_, Call> {
        (**self).to_call()
    }
}

impl<T: ToCall + Send + ?Sized> ToCall for Arc<T> {
    fn to_call(&self) -> Cow<'_, Call> {
        (**self).to_call()
    }
}

impl Call {
    /// A call with all of its arguments, which cannot fail; `arguments` should be a
    /// [record](Argument::record).
    #[must_use]
    pub fn with_arguments(method: impl Into<String>, arguments: Argument) -> Self {
        let mut call = Self::new(method);
        call.arguments = arguments.0;
        call
    }
}
