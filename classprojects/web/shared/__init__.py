"""What every area's pages share: guards, forms, errors, assets, filters."""
