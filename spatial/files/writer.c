#include "writer.h"

#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_string.h>
#include <gdal.h>
#include <ogr_api.h>
#include <ogr_srs_api.h>

static void CPL_STDCALL collect(CPLErr severity, CPLErrorNum number, const char *text) {
	(void)number;
	of_failure *failed = (of_failure *)CPLGetErrorHandlerUserData();
	if (severity >= CE_Failure && failed->text[0] == 0)
		CPLStrlcpy(failed->text, text, sizeof failed->text);
}

static void fail(of_failure *failed, const char *text) {
	if (failed->text[0] == 0)
		CPLStrlcpy(failed->text, text, sizeof failed->text);
}

void of_register(void) { GDALAllRegister(); }

void *of_create(const char *driver, const char *path, const char *now, of_failure *failed) {
	GDALDriverH found = GDALGetDriverByName(driver);
	if (found == NULL) {
		fail(failed, "GDAL has no such driver");
		return NULL;
	}
	CPLPushErrorHandlerEx(collect, failed);
	CPLSetThreadLocalConfigOption("OGR_CURRENT_DATE", now);
	GDALDatasetH data = GDALCreate(found, path, 0, 0, 0, GDT_Unknown, NULL);
	CPLSetThreadLocalConfigOption("OGR_CURRENT_DATE", NULL);
	CPLPopErrorHandler();
	if (data == NULL)
		fail(failed, "the file can't be made");
	return data;
}

void *of_layer(void *data, const char *name, int epsg, int kind, char **options, const char *now,
               const of_column *columns, int count, of_failure *failed) {
	CPLPushErrorHandlerEx(collect, failed);
	CPLSetThreadLocalConfigOption("OGR_CURRENT_DATE", now);
	OGRSpatialReferenceH system = OSRNewSpatialReference(NULL);
	OGRLayerH layer = NULL;
	if (OSRImportFromEPSG(system, epsg) == OGRERR_NONE) {
		OSRSetAxisMappingStrategy(system, OAMS_TRADITIONAL_GIS_ORDER);
		layer = GDALDatasetCreateLayer(data, name, system, (OGRwkbGeometryType)kind, options);
	}
	OSRDestroySpatialReference(system);
	for (int i = 0; layer != NULL && i < count; i++) {
		OGRFieldDefnH field = OGR_Fld_Create(columns[i].name, (OGRFieldType)columns[i].type);
		OGR_Fld_SetSubType(field, (OGRFieldSubType)columns[i].subtype);
		OGR_Fld_SetWidth(field, columns[i].width);
		OGR_Fld_SetPrecision(field, columns[i].precision);
		if (columns[i].alias[0] != 0)
			OGR_Fld_SetAlternativeName(field, columns[i].alias);
		OGRErr wrong = OGR_L_CreateField(layer, field, FALSE);
		OGR_Fld_Destroy(field);
		if (wrong != OGRERR_NONE) {
			fail(failed, "a field can't be made");
			layer = NULL;
		}
	}
	CPLSetThreadLocalConfigOption("OGR_CURRENT_DATE", NULL);
	CPLPopErrorHandler();
	if (layer == NULL)
		fail(failed, "the layer can't be made");
	return layer;
}

void *of_feature(void *layer, int64_t fid, const void *wkb, size_t size, of_failure *failed) {
	CPLPushErrorHandlerEx(collect, failed);
	OGRFeatureH feature = OGR_F_Create(OGR_L_GetLayerDefn(layer));
	OGRGeometryH shape = NULL;
	OGRErr wrong = OGR_G_CreateFromWkb(wkb, NULL, &shape, (int)size);
	if (wrong == OGRERR_NONE)
		wrong = OGR_F_SetGeometryDirectly(feature, shape);
	if (fid > 0)
		OGR_F_SetFID(feature, fid);
	CPLPopErrorHandler();
	if (wrong != OGRERR_NONE) {
		fail(failed, "a shape can't be read");
		OGR_F_Destroy(feature);
		return NULL;
	}
	return feature;
}

void of_null(void *feature, int field) { OGR_F_SetFieldNull(feature, field); }
void of_integer(void *feature, int field, int64_t value) { OGR_F_SetFieldInteger64(feature, field, value); }
void of_real(void *feature, int field, double value) { OGR_F_SetFieldDouble(feature, field, value); }
void of_text(void *feature, int field, const char *value) { OGR_F_SetFieldString(feature, field, value); }

void of_moment(void *feature, int field, int year, int month, int day, int hour, int minute, float second, int zone) {
	OGR_F_SetFieldDateTimeEx(feature, field, year, month, day, hour, minute, second, zone);
}

int of_add(void *layer, void *feature, const char *now, of_failure *failed) {
	CPLPushErrorHandlerEx(collect, failed);
	CPLSetThreadLocalConfigOption("OGR_CURRENT_DATE", now);
	OGRErr wrong = OGR_L_CreateFeature(layer, feature);
	CPLSetThreadLocalConfigOption("OGR_CURRENT_DATE", NULL);
	OGR_F_Destroy(feature);
	CPLPopErrorHandler();
	if (wrong != OGRERR_NONE)
		fail(failed, "a feature can't be written");
	return wrong == OGRERR_NONE;
}

int of_begin(void *data, of_failure *failed) {
	CPLPushErrorHandlerEx(collect, failed);
	OGRErr wrong = GDALDatasetStartTransaction(data, FALSE);
	CPLPopErrorHandler();
	if (wrong != OGRERR_NONE)
		fail(failed, "a transaction can't be begun");
	return wrong == OGRERR_NONE;
}

int of_commit(void *data, const char *now, of_failure *failed) {
	CPLPushErrorHandlerEx(collect, failed);
	CPLSetThreadLocalConfigOption("OGR_CURRENT_DATE", now);
	OGRErr wrong = GDALDatasetCommitTransaction(data);
	CPLSetThreadLocalConfigOption("OGR_CURRENT_DATE", NULL);
	CPLPopErrorHandler();
	if (wrong != OGRERR_NONE)
		fail(failed, "a transaction can't be ended");
	return wrong == OGRERR_NONE;
}

int of_close(void *data, const char *now, of_failure *failed) {
	CPLPushErrorHandlerEx(collect, failed);
	CPLErrorReset();
	CPLSetThreadLocalConfigOption("OGR_CURRENT_DATE", now);
	GDALClose(data);
	CPLSetThreadLocalConfigOption("OGR_CURRENT_DATE", NULL);
	CPLPopErrorHandler();
	return failed->text[0] == 0;
}
