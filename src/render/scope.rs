//! The scope: what the functions and filters of one rendering know beside the arguments.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::tz::TimeZone;
use minijinja::value::{Enumerator, Object, ObjectRepr, Value as Raw};
use minijinja::{Error, ErrorKind, State};

use super::Value;
use super::assets::{Asset, Assets};
use super::catalogue::Catalogue;
use super::value::Shape;

/// The name under which a template's state holds the scope; no template can spell it.
const SCOPE: &str = "%scope";

/// What one rendering is given beside its arguments, and the images that it used.
#[derive(Debug)]
pub(crate) struct Scope {
    /// The locales to ask in turn, the wanted one first.
    pub(crate) chain: Arc<[Arc<str>]>,
    pub(crate) catalogue: Arc<Catalogue>,
    pub(crate) timezone: TimeZone,
    /// The base URL without a slash at its end.
    pub(crate) base_url: Option<Arc<str>>,
    pub(crate) assets: Arc<Assets>,
    /// The URL that `unsubscribe_url()` prints, if the method has the key `unsubscribe`.
    pub(crate) unsubscribe: Option<Arc<str>>,
    images: Mutex<Vec<Arc<Asset>>>,
}

impl Scope {
    pub(crate) fn new(
        chain: Arc<[Arc<str>]>,
        catalogue: Arc<Catalogue>,
        assets: Arc<Assets>,
        settings: &super::Settings,
    ) -> Self {
        Self {
            chain,
            catalogue,
            timezone: settings.timezone.clone(),
            base_url: settings.base_url.clone(),
            assets,
            unsubscribe: None,
            images: Mutex::default(),
        }
    }

    /// Lets the templates print where the reader unsubscribes.
    pub(crate) fn unsubscribing_at(mut self, url: Option<String>) -> Self {
        self.unsubscribe = url.map(Arc::from);
        self
    }

    /// The wanted locale.
    pub(crate) fn locale(&self) -> &str {
        self.chain.first().map_or("en", AsRef::as_ref)
    }

    /// Notes that the rendering embeds an image.
    pub(super) fn embed(&self, image: &Arc<Asset>) {
        let mut images = self.images.lock().unwrap_or_else(PoisonError::into_inner);
        if !images.iter().any(|known| Arc::ptr_eq(known, image)) {
            images.push(Arc::clone(image));
        }
    }

    /// The images that were embedded, in the order of their first use.
    pub(crate) fn take_images(&self) -> Vec<Arc<Asset>> {
        std::mem::take(&mut *self.images.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The scope of a running template.
    pub(super) fn of(state: &State<'_, '_>) -> Result<Arc<Self>, Error> {
        state.lookup(SCOPE).and_then(|value| value.downcast_object::<Self>()).ok_or_else(|| {
            Error::new(ErrorKind::InvalidOperation, "the template is rendered outside of a mail")
        })
    }
}

impl Object for Scope {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }
}

/// The root of a rendering: the arguments by name, and the scope.
///
/// One root serves all templates of a mail.
#[derive(Clone, Debug)]
pub(crate) struct Root {
    pub(super) value: Raw,
    pub(crate) scope: Arc<Scope>,
}

impl Root {
    pub(crate) fn new(shape: Shape, values: Vec<Value>, scope: Scope) -> Self {
        let scope = Arc::new(scope);
        let hidden = Raw::from_dyn_object(Arc::clone(&scope));
        Self { value: Raw::from_object(Names { shape, values, scope: hidden }), scope }
    }
}

#[derive(Debug)]
struct Names {
    shape: Shape,
    values: Vec<Value>,
    scope: Raw,
}

impl Names {
    fn find(&self, name: &str) -> Option<Raw> {
        if name == SCOPE {
            return Some(self.scope.clone());
        }
        let at = self.shape.iter().position(|known| known.as_ref() == name)?;
        self.values.get(at).map(|value| value.0.clone())
    }
}

impl Object for Names {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }

    fn get_value(self: &Arc<Self>, key: &Raw) -> Option<Raw> {
        self.find(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Raw> {
        self.find(key)
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.shape.iter().map(|name| Raw::from(Arc::clone(name))).collect())
    }
}
