//! The soft token kryoptic as a PKCS#11 module. It refuses to have code of its own: its one exported
//! symbol hands on kryoptic's function table.

use kryoptic_lib::fns::general::fn_get_function_list;
use kryoptic_lib::pkcs11::{CK_FUNCTION_LIST_PTR_PTR, CK_RV};

/// The one exported symbol, as PKCS#11 has it.
#[unsafe(no_mangle)]
pub extern "C" fn C_GetFunctionList(list: CK_FUNCTION_LIST_PTR_PTR) -> CK_RV {
    fn_get_function_list(list)
}
