//! The static that stands for a function at run time, and its entry in the inventory.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};

use crate::function::{Offloaded, plain_name};

pub(crate) struct Site<'a> {
    pub(crate) private: &'a TokenStream,
    /// The function's name.
    pub(crate) ident: &'a Ident,
    /// All layers, outermost first.
    pub(crate) layers: &'a [&'static str],
    /// A reference to what `#[timed]` says.
    pub(crate) options: &'a TokenStream,
    pub(crate) cache_name: Option<&'a str>,
    pub(crate) offload: Option<&'a Offloaded>,
    /// It stands in a companion of the function.
    pub(crate) is_beside: bool,
}

impl Site<'_> {
    // Output:  static SITE: Site = …;   and its registration
    pub(crate) fn registered(&self) -> TokenStream {
        let (private, register) = (self.private, self.inside("__fujita_register"));
        let site = self.new_static(&register);
        quote_spanned! {Span::mixed_site()=>
            #site
            // What `inventory` does, in fewer tokens: the loader calls the functions in this section before `main`. It is
            // sound because the section holds a function of the type that is called there, which touches a static of
            // this program and two locks that need no runtime. C functions may be called with more arguments than they
            // take, which some loaders do.
            extern "C" fn #register() {
                #private::Site::register(&__FUJITA_SITE);
            }
            #[used]
            #[cfg_attr(windows, unsafe(link_section = ".CRT$XCU"))]
            #[cfg_attr(target_vendor = "apple", unsafe(link_section = "__DATA,__mod_init_func,mod_init_funcs"))]
            #[cfg_attr(not(any(windows, target_vendor = "apple")), unsafe(link_section = ".init_array"))]
            static __FUJITA_REGISTER: extern "C" fn() = #register;
        }
    }

    // Output:  static SITE: Site = …;
    /// For a function that is in the inventory already.
    pub(crate) fn unregistered(&self) -> TokenStream {
        let here = self.inside("__fujita_here");
        let site = self.new_static(&here);
        quote_spanned! {Span::mixed_site()=>
            #site
            fn #here() {}
        }
    }

    /// The name of an item whose path says where the function stands: in it, or in what stands beside it.
    fn inside(&self, name: &str) -> Ident {
        Ident::new(if self.is_beside { "__fujita_beside" } else { name }, Span::mixed_site())
    }

    fn new_static(&self, inside: &Ident) -> TokenStream {
        let Self { private, ident, layers, options, cache_name, offload, .. } = self;
        let caches = cache_name.map(|name| quote! { .with_cache(#name) });
        let offloads = offload.map(|Offloaded { pool, label }| quote! { .with_offload(#pool, #label) });
        let name = plain_name(ident);
        // With the span of the function's name as it is, so that file and line are the function's, not the attribute's.
        let at = ident.span();
        let (file, line) = (quote_spanned! {at=> ::core::file!() }, quote_spanned! {at=> ::core::line!() });
        let layers = match layers {
            ["timed"] => quote! { #private::TIMED },
            layers => quote! { &[#(#layers),*] },
        };
        quote_spanned! {Span::mixed_site()=>
            static __FUJITA_SITE: #private::Site = #private::Site::new(
                #name,
                (::core::module_path!(), #file, #line),
                #private::path_of(&#inside),
                #layers,
                #options,
            )#caches #offloads;
        }
    }
}
